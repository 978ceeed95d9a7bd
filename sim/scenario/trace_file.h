/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Traces of requests: CSV with a header line, or an object of JSON a line, with the columns time,
 * service, key and bytes (issued_s and work_s, as lbsim's own log of requests has them, will do for
 * the first two; others are not looked at). Plain, gzip or zstd. A trace is read once when its
 * scenario is, and again, a line at a time, by every trial. */
#ifndef SIM_TRACE_FILE_H
#define SIM_TRACE_FILE_H

#include "models/arrival.h"
#include "sim/scenario/inflow.h"

/* What a trace holds. */
struct trace_info {
    const char *path;
    bool has_service, has_key, has_bytes;
    uint64_t count, hash; /* hash: of all records, however they are written and packed */
    lb_time first, last;  /* instants */
    double work;          /* mean, s */
};

/* Traces that were read, so that each is read but once for all points of a sweep. */
struct traces {
    const struct trace_info *info;
    const struct traces *next;
};

/* Reads a whole trace and closes the stream: 0, or -1 with a reason in `why` (room bytes) that
 * names the line. The path is kept for trace_feed_open, not copied. */
int trace_scan(FILE *, const char *path, struct trace_info *, char *why, size_t room);

/* A trace being replayed. NULL: `why` says why not. The info outlives it. */
struct trace_feed;
struct trace_feed *trace_feed_open(const struct trace_info *, char *why, size_t room);
struct arrival_feed trace_feed(struct trace_feed *); /* what the clock pulls at */
void trace_feed_close(struct trace_feed *);          /* NULL is allowed */

#endif
