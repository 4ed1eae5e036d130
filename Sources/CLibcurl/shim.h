#ifndef SPANLINK_CLIBCURL_H
#define SPANLINK_CLIBCURL_H

#include <curl/curl.h>

/* curl_easy_setopt() and curl_easy_getinfo() are variadic, which Swift does not import: one function a type of argument.
 * In parentheses, since <curl/curl.h> also has macros of these names. */
typedef size_t (*spanlink_curl_callback)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode spanlink_curl_set_long(CURL *easy, CURLoption option, long value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode spanlink_curl_set_size(CURL *easy, CURLoption option, curl_off_t value) {
    return (curl_easy_setopt)(easy, option, value);
}

/* libcurl copies the string. A null pointer resets the option. */
static inline CURLcode spanlink_curl_set_string(CURL *easy, CURLoption option, const char *value) {
    return (curl_easy_setopt)(easy, option, value);
}

/* libcurl keeps the pointer. */
static inline CURLcode spanlink_curl_set_pointer(CURL *easy, CURLoption option, const void *value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode spanlink_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode spanlink_curl_set_callback(CURL *easy, CURLoption option, spanlink_curl_callback value) {
    return (curl_easy_setopt)(easy, option, value);
}

/* Do not wait for a name that is being resolved when a transfer is given up. Before 7.87 libcurl always waits. */
static inline CURLcode spanlink_curl_set_quick_exit(CURL *easy) {
#if LIBCURL_VERSION_NUM >= 0x075700
    return (curl_easy_setopt)(easy, CURLOPT_QUICK_EXIT, 1L);
#else
    (void)easy;
    return CURLE_OK;
#endif
}

/* Allow http and https alone. The option that takes names came with 7.85. */
static inline CURLcode spanlink_curl_allow_http_only(CURL *easy) {
#if LIBCURL_VERSION_NUM >= 0x075500
    return (curl_easy_setopt)(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    return (curl_easy_setopt)(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

static inline long spanlink_curl_response_code(CURL *easy) {
    long code = 0;
    (curl_easy_getinfo)(easy, CURLINFO_RESPONSE_CODE, &code);
    return code;
}

/* The result of the one transfer of a multi handle that has ended; false when there is none. */
static inline int spanlink_curl_next_result(CURLM *multi, CURLcode *result) {
    int left = 0;
    CURLMsg *message = curl_multi_info_read(multi, &left);
    if (message == NULL || message->msg != CURLMSG_DONE)
        return 0;
    *result = message->data.result;
    return 1;
}

/* CURLVERSION_NOW is a macro for a constant, which Swift does not import. */
static inline curl_version_info_data *spanlink_curl_version_info(void) { return curl_version_info(CURLVERSION_NOW); }

static inline CURLcode spanlink_curl_global_init(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }

#endif
