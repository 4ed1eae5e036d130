#ifndef SPANLINK_CTHREADSANITIZERSHIM_H
#define SPANLINK_CTHREADSANITIZERSHIM_H

/* Nonzero when the C11 thread functions of this process are the ones defined here. */
int spanlink_c11_threads_are_mapped(void);

#endif
