#ifndef SPANLINK_CZLIB_H
#define SPANLINK_CZLIB_H

#include <zlib.h>

/* deflateInit2() and inflateInit2() are macros. 16 on top of the window's bits asks for gzip's header and trailer. */
static inline int spanlink_gzip_init(z_streamp stream) {
    return deflateInit2(stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

static inline int spanlink_gunzip_init(z_streamp stream) { return inflateInit2(stream, 15 + 16); }

#endif
