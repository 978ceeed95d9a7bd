/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/run_check.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "sim/cli/whole_file.h"
#include "sim/run/ranks.h"
#include "sim/scenario/trace_file.h"

/* Is this what the run reads? */
static bool is_read(const struct order *order, const struct study *study, const char *path)
{
    const struct scenario *s = study->cells[0].scenario;
    uint32_t i;

    for (i = 0; i < s->clients_n; i++)
        if (s->clients[i].trace && is_same_file(s->clients[i].trace->path, path))
            return true;
    return is_same_file(order->path, path);
}

/* Better now than after simulating. */
static bool can_write(const char *path)
{
    FILE *out = path ? fopen(path, "a") : NULL;

    if (path && !out)
        cli_say("%s: %s", path, strerror(errno));
    if (out)
        fclose(out);
    return out || !path;
}

/* Traces are written over nothing that is still needed. */
static int check_traces(const struct order *order, const struct study *study)
{
    const char *picks = order->picks, *log = order->requests_log;

    if (picks && log && (!strcmp(picks, log) || is_same_file(picks, log))) {
        cli_say("run: --trace-picks and --trace-requests need a file each");
        return EXIT_USAGE;
    }
    if ((picks && is_read(order, study, picks)) || (log && is_read(order, study, log))) {
        cli_say("run: %s is what the run reads: --trace-%s needs a file of its own",
                picks && is_read(order, study, picks) ? picks : log,
                picks && is_read(order, study, picks) ? "picks" : "requests");
        return EXIT_USAGE;
    }
    return can_write(picks) && can_write(log) ? EXIT_DONE : EXIT_MACHINE;
}

/* Options that do not go together. */
int run_check(const struct order *order, const struct study *study)
{
    bool precise = false;
    uint32_t i;

    for (i = 0; i < study->contenders_n; i++)
        precise |= !isnan(study->contenders[i].scenario->run.precision.relative);
    for (i = 0; order->single_run && i < study->cells_n; i++) {
        const struct scenario *s = study->cells[i].scenario;

        if (!s->run.windows.metrics_n && !s->changes_n)
            continue;
        cli_say(s->changes_n
                    ? "run: --single-run: a timeline happens once, however long the run is: "
                      "it needs replications"
                    : "run: --single-run makes windows of its own: it does not go with "
                      "run.windows");
        return EXIT_USAGE;
    }
    if (order->select && (order->shards || order->single_run || precise || order->dry_run)) {
        cli_say("run: --select decides by itself how many replications there are: it does not go "
                "with --shard, --single-run, --dry-run or a precision");
        return EXIT_USAGE;
    }
    if (!order->select && (order->select_metric || order->select_delta > 0.0)) {
        cli_say("run: --select-metric and --select-delta need --select");
        return EXIT_USAGE;
    }
    if (order->shards && order->output == OUTPUT_CSV && !order->dry_run) {
        cli_say("run: a share has no rows to tell before the merge: --shard prints text or JSON");
        return EXIT_USAGE;
    }
    if (order->dry_run && order->output == OUTPUT_CSV) {
        cli_say("run: --dry-run prints text or JSON");
        return EXIT_USAGE;
    }
    if (order->dry_run && ranks_size() > 1) {
        cli_say("run: --dry-run needs no ranks: leave mpirun out");
        return EXIT_USAGE;
    }
    if (order->shards && precise) {
        cli_say("run: --shard and a precision do not go together: how long a point must run is "
                "known only with all its replications (--set run.precision=null leaves it out)");
        return EXIT_USAGE;
    }
    if (ranks_size() > 1 && (order->picks || order->requests_log)) {
        cli_say("run: traces are written where a trial runs, which with ranks may be anywhere: "
                "trace without mpirun");
        return EXIT_USAGE;
    }
    if (order->confirm && !precise) {
        cli_say("run: --confirm needs a precision: --precision 0.02");
        return EXIT_USAGE;
    }
    return check_traces(order, study);
}
