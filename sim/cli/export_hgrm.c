/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Percentile spectra as HdrHistogram (Tene) and wrk2 print them, for the plotters that read those:
 * five lines for each halving of the distance to 100 %. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/cli.h"
#include "sim/cli/directory.h"
#include "sim/cli/export.h"
#include "sim/cli/store_file.h"
#include "sim/record/metric.h"

enum { TICKS = 5, PATH_ROOM = 2048 };

/* ---- One spectrum. */

/* The next percentile to print after p. */
static double next_level(double p)
{
    double halvings = floor(log2(100.0 / (100.0 - p))) + 1.0;

    return p + 100.0 / (TICKS * exp2(halvings));
}

static double middle(const struct histogram_bucket *b)
{
    return 0.5 * ((double)b->low + (double)b->high);
}

static void put_lines(FILE *out, const struct histogram_total *h, double one)
{
    struct histogram_bucket b;
    uint64_t below = 0;
    double level = 0.0;
    uint32_t at = 0;

    while (histogram_next(h, &at, &b)) {
        below += b.count;
        for (; below < h->n && level <= 100.0 * (double)below / (double)h->n;
             level = next_level(level))
            fprintf(out, "%12.3f %14.12f %12" PRIu64 " %14.2f\n", middle(&b) / one, level / 100.0,
                    below, 1.0 / (1.0 - level / 100.0));
        if (below == h->n)
            fprintf(out, "%12.3f %14.12f %12" PRIu64 " %14s\n", middle(&b) / one, 1.0, below,
                    "inf");
    }
}

void export_spectrum(FILE *out, const struct histogram_total *h, double one)
{
    struct histogram_bucket b;
    double sum = 0.0, squares = 0.0, most = 0.0, mean;
    uint32_t at = 0;

    while (histogram_next(h, &at, &b)) {
        sum += (double)b.count * middle(&b);
        most = middle(&b);
    }
    mean = h->n ? sum / (double)h->n : 0.0;
    for (at = 0; histogram_next(h, &at, &b);)
        squares += (double)b.count * (middle(&b) - mean) * (middle(&b) - mean);
    fprintf(out, "%12s %14s %12s %14s\n\n", "Value", "Percentile", "TotalCount",
            "1/(1-Percentile)");
    put_lines(out, h, one);
    fprintf(out, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", mean / one,
            h->n ? sqrt(squares / (double)h->n) / one : 0.0);
    fprintf(out, "#[Max     = %12.3f, Total count    = %12" PRIu64 "]\n", most / one, h->n);
    fprintf(out, "#[Buckets = %12u, SubBuckets     = %12u]\n", HISTOGRAM_BUCKETS / HISTOGRAM_OCTAVE,
            HISTOGRAM_OCTAVE);
}

/* ---- All that are asked for. */

struct spectra {
    const struct export *export;
    struct histogram_total *total;
    const char *out;
    uint32_t n; /* how many there are */
    int status;
};

/* What of its whole numbers make one unit of the file: milliseconds, or a ratio. */
static double unit_of(enum duration d)
{
    return d == DURATION_SLOWDOWN || d == DURATION_WAIT_SLOWDOWN ? duration_one(d)
                                                                 : duration_one(d) / 1000.0;
}

static bool wants(const struct export *e, enum duration d)
{
    uint32_t i;

    for (i = 0; i < e->metrics_n; i++)
        if (!strcmp(e->metrics[i], duration_name(d)))
            return true;
    return e->metrics_n == 0;
}

static FILE *open_out(struct spectra *s, const struct results_contender *c, enum duration d)
{
    const char *point = s->export->results->points[c->point].name;
    char path[PATH_ROOM];
    FILE *out;
    size_t i;

    if (s->n == 1 && !strcmp(s->out, "-"))
        return stdout;
    if (s->n == 1) {
        snprintf(path, sizeof path, "%s", s->out);
    } else {
        i = (size_t)snprintf(path, sizeof path, "%.1000s/", s->out);
        snprintf(path + i, sizeof path - i, "%.200s%s%.400s-%s.hgrm", c->label, point[0] ? "-" : "",
                 point, duration_name(d));
        for (; path[i]; i++)
            if (strchr("/\\:*?\"<>|", path[i]) || (unsigned char)path[i] <= ' ')
                path[i] = '_';
    }
    if (is_of_store(s->export->results->path, path)) {
        cli_say("export: %s belongs to the results that are read: -o needs another place", path);
        return NULL;
    }
    out = fopen(path, "w");
    if (!out)
        cli_say("export: %s cannot be written", path);
    return out;
}

static int put_one(struct spectra *s, uint32_t contender, enum duration d)
{
    struct results *r = s->export->results;
    uint64_t least;
    FILE *out;
    bool good;

    if (results_pool(r, contender, "all", duration_name(d), s->total, &least)) {
        cli_say("%s", results_why(r));
        return EXIT_MACHINE;
    }
    out = open_out(s, &r->contenders[contender], d);
    if (!out)
        return EXIT_MACHINE;
    export_spectrum(out, s->total, unit_of(d));
    if (out == stdout)
        return EXIT_DONE;
    good = !ferror(out);
    if (fclose(out) || !good) {
        cli_say("export: %s cannot be written to the end", s->out);
        return EXIT_MACHINE;
    }
    return EXIT_DONE;
}

/* Calls for each spectrum: counting first, then writing. */
static void each(struct spectra *s, bool writing)
{
    const struct results *r = s->export->results;
    uint32_t i;
    int d;

    for (i = 0; i < r->contenders_n; i++)
        for (d = 0; d < DURATIONS && s->status == EXIT_DONE; d++) {
            if (!export_wants(s->export, &r->contenders[i]) || !r->contenders[i].replications ||
                !wants(s->export, (enum duration)d))
                continue;
            if (writing)
                s->status = put_one(s, i, (enum duration)d);
            else
                s->n++;
        }
}

int export_hgrm(const struct export *e, const char *out)
{
    struct spectra s = { .export = e, .out = out, .status = EXIT_DONE };

    each(&s, false);
    if (s.n == 0) {
        cli_say("export: no histogram is asked for: --metric is one of latency, wait, service, "
                "slowdown, wait_slowdown");
        return EXIT_USAGE;
    }
    if (s.n > 1 && !strcmp(out, "-")) {
        cli_say("export: %u histograms: name a directory with -o, or one of them with --policy, "
                "--point and --metric",
                s.n);
        return EXIT_USAGE;
    }
    if (s.n > 1 && directory_make(out)) {
        cli_say("export: directory %s cannot be made", out);
        return EXIT_MACHINE;
    }
    s.total = calloc(1, sizeof *s.total);
    if (!s.total) {
        cli_say("out of memory");
        return EXIT_MACHINE;
    }
    each(&s, true);
    free(s.total);
    return s.status;
}
