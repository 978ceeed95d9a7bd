/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lbsim plot: charts of results. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/chart/chart.h"
#include "sim/cli/cli.h"
#include "sim/cli/directory.h"
#include "sim/cli/point_match.h"
#include "sim/cli/store_file.h"
#include "sim/cli/whole_file.h"
#include "sim/scenario/nearest.h"

enum { LIST_MOST = 64 };

struct plot {
    const char *path, *out, *along, *base_label;
    const char *charts[LIST_MOST], *policies[LIST_MOST], *points[LIST_MOST];
    uint32_t charts_n, policies_n, points_n;
    struct chart_style style;
    bool data, verbose, quiet;
    struct results *results;
    struct chart_base *base;
    char directory[4096]; /* "": standard output */
    uint32_t drawn;
};

/* ---- Options. */

static int add(const char *list[LIST_MOST], uint32_t *n, const char *value)
{
    if (*n == LIST_MOST) {
        cli_say("plot: more than %d of one option", LIST_MOST);
        return EXIT_USAGE;
    }
    list[(*n)++] = value;
    return 0;
}

static int take_format(struct plot *plot, const char *value)
{
    for (int i = 0; i < CHART_FORMATS; i++)
        if (!strcmp(value, chart_format_name((enum chart_format)i))) {
            plot->style.format = (enum chart_format)i;
            return 0;
        }
    cli_say("plot: unknown format \"%s\"; expected svg, pdf, png or ascii", value);
    return EXIT_USAGE;
}

static int take_size(struct plot *plot, const char *value)
{
    for (int i = 0; i < CHART_SIZES; i++)
        if (!strcmp(value, chart_size_name((enum chart_size)i))) {
            plot->style.size = (enum chart_size)i;
            return 0;
        }
    cli_say("plot: unknown size \"%s\"; expected column, slide or screen", value);
    return EXIT_USAGE;
}

static int take_chart(struct plot *plot, const char *value)
{
    struct nearest nearest = nearest_to(value);
    const struct chart *chart;

    if (chart_named(value))
        return add(plot->charts, &plot->charts_n, value);
    for (uint32_t i = 0; (chart = chart_at(i)); i++)
        nearest_see(&nearest, chart->name);
    if (nearest_found(&nearest))
        cli_say("plot: there is no chart \"%s\"; did you mean \"%s\"?", value,
                nearest_found(&nearest));
    else
        cli_say("plot: there is no chart \"%s\"; see lbsim list charts", value);
    return EXIT_USAGE;
}

static int take_word(struct plot *plot, const char *value)
{
    if (plot->path) {
        cli_say("plot: one result at a time: %s or %s?", plot->path, value);
        return EXIT_USAGE;
    }
    plot->path = value;
    return 0;
}

static int take(void *context, const struct cli_option *o, const char *value)
{
    struct plot *plot = context;

    if (!o)
        return take_word(plot, value);
    if (!strcmp(o->name, "format"))
        return take_format(plot, value);
    if (!strcmp(o->name, "size"))
        return take_size(plot, value);
    if (!strcmp(o->name, "chart"))
        return take_chart(plot, value);
    if (!strcmp(o->name, "policy"))
        return add(plot->policies, &plot->policies_n, value);
    if (!strcmp(o->name, "point"))
        return add(plot->points, &plot->points_n, value);
    if (!strcmp(o->name, "metric"))
        plot->style.metric = value;
    else if (!strcmp(o->name, "along"))
        plot->along = value;
    else if (!strcmp(o->name, "base"))
        plot->base_label = value;
    else if (!strcmp(o->name, "title"))
        plot->style.title = value;
    else if (!strcmp(o->name, "out"))
        plot->out = value;
    else if (!strcmp(o->name, "data"))
        plot->data = true;
    else if (!strcmp(o->name, "dark"))
        plot->style.dark = true;
    else if (!strcmp(o->name, "verbose"))
        plot->verbose = true;
    else
        plot->quiet = true;
    return 0;
}

/* ---- Where pictures go. */

/* RESULTS/charts unless said otherwise; "-", ascii and data: standard output. */
static int place(struct plot *plot)
{
    const char *slash = strrchr(plot->results ? plot->results->path : plot->path, '/');
    const char *path = plot->results ? plot->results->path : plot->path;
    int failed;

    if (plot->out ? !strcmp(plot->out, "-") : plot->data || plot->style.format == CHART_ASCII)
        return EXIT_DONE;
    if (plot->out)
        snprintf(plot->directory, sizeof plot->directory, "%s", plot->out);
    else
        snprintf(plot->directory, sizeof plot->directory, "%.*scharts",
                 slash ? (int)(slash - path) + 1 : 0, path);
    failed = directory_make(plot->directory);
    if (!failed)
        return EXIT_DONE;
    cli_say("plot: directory %s: %s; choose another with -o", plot->directory, strerror(-failed));
    return EXIT_MACHINE;
}

static int write_file(const struct plot *plot, const struct chart *chart, const char *bytes,
                      size_t size)
{
    const char *end = plot->data                          ? "csv"
                      : plot->style.format == CHART_ASCII ? "txt"
                                                          : chart_format_name(plot->style.format);
    char path[sizeof plot->directory + 64];
    struct whole_file file;
    bool good;

    snprintf(path, sizeof path, "%s/%s.%s", plot->directory, chart->name, end);
    if (whole_file_open(&file, path) == 0) {
        good = fwrite(bytes, 1, size, file.out) == size;
        if (whole_file_end(&file, good) == 0 && good) {
            if (!plot->quiet)
                printf("%s\n", path);
            return EXIT_DONE;
        }
    }
    cli_say("plot: %s: %s", path, strerror(errno));
    return EXIT_MACHINE;
}

static int put(struct plot *plot, const struct chart *chart, const char *bytes, size_t size)
{
    plot->drawn++;
    if (plot->directory[0])
        return write_file(plot, chart, bytes, size);
    if (fwrite(bytes, 1, size, stdout) == size)
        return EXIT_DONE;
    cli_say("plot: standard output: %s", strerror(errno));
    return EXIT_MACHINE;
}

/* ---- Drawing. */

static int draw(struct plot *plot, const struct chart *chart, bool must)
{
    char why[512], *bytes;
    size_t size;
    int failed, status = EXIT_DONE;

    failed = (plot->data ? chart_data : chart_draw)(plot->base, chart, &plot->style, &bytes, &size,
                                                    why, sizeof why);
    if (!failed)
        status = put(plot, chart, bytes, size);
    else if (failed != -ENODATA || must || plot->verbose)
        cli_say("plot: %s", why);
    free(bytes);
    if (failed && (failed != -ENODATA || must))
        return failed == -ENODATA ? EXIT_USAGE : EXIT_MACHINE;
    return status;
}

static int draw_all(struct plot *plot)
{
    const struct chart *chart;
    int status = EXIT_DONE;

    for (uint32_t i = 0; i < plot->charts_n && status == EXIT_DONE; i++)
        status = draw(plot, chart_named(plot->charts[i]), true);
    for (uint32_t i = 0; !plot->charts_n && (chart = chart_at(i)) && status == EXIT_DONE; i++)
        status = draw(plot, chart, false);
    if (status == EXIT_DONE && plot->drawn == 0) {
        cli_say("plot: no chart fits these results; -v says what each of them needs");
        status = EXIT_USAGE;
    }
    return status;
}

/* ---- Results. */

/* The point that is shown: the first of those that --point means. */
static int choose_point(const struct plot *plot, struct chart_choice *choice)
{
    const struct results *r = plot->results;

    choice->point = UINT32_MAX;
    for (uint32_t i = 0; r && plot->points_n && i < r->points_n; i++)
        if (points_wanted(&r->points[i], plot->points, plot->points_n)) {
            choice->point = i;
            return EXIT_DONE;
        }
    if (!plot->points_n)
        return EXIT_DONE;
    cli_say("plot: the results have no point with all that --point asks for");
    return EXIT_USAGE;
}

/* Is --along a path of the sweep? */
static int check_along(const struct plot *plot)
{
    struct nearest nearest = nearest_to(plot->along ? plot->along : "");
    const struct results_point *first = plot->results ? &plot->results->points[0] : NULL;

    for (uint32_t i = 0; plot->along && first && i < first->at_n; i++) {
        if (!strcmp(first->at[i].path, plot->along))
            return EXIT_DONE;
        nearest_see(&nearest, first->at[i].path);
    }
    if (!plot->along)
        return EXIT_DONE;
    if (nearest_found(&nearest))
        cli_say("plot: the sweep has no axis \"%s\"; did you mean \"%s\"?", plot->along,
                nearest_found(&nearest));
    else
        cli_say("plot: the sweep has no axis \"%s\"", plot->along);
    return EXIT_USAGE;
}

static int open_base(struct plot *plot)
{
    struct chart_choice choice = { .policies = plot->policies,
                                   .policies_n = plot->policies_n,
                                   .along = plot->along,
                                   .base = plot->base_label,
                                   .metric = plot->style.metric };
    char why[512];
    int status = choose_point(plot, &choice);

    if (status == EXIT_DONE)
        status = check_along(plot);

    if (status == EXIT_DONE &&
        chart_base_open(plot->results, plot->path, &choice, &plot->base, why, sizeof why)) {
        cli_say("plot: %s", why);
        status = EXIT_MACHINE;
    }
    return status;
}

static int plot_results(struct plot *plot)
{
    char why[1024];
    int status;

    const int failed = results_open(plot->path, &plot->results, why, sizeof why);
    if (failed && failed != -ENODATA) { /* there may be live runs */
        cli_say("%s", why);
        return EXIT_MACHINE;
    }
    for (uint32_t i = 0; plot->results && i < plot->results->damage_n; i++)
        cli_say("%s", plot->results->damage[i]);
    status = open_base(plot);
    if (status == EXIT_DONE)
        status = place(plot);
    if (status == EXIT_DONE)
        status = draw_all(plot);
    if (status == EXIT_DONE && plot->results && plot->results->damage_n)
        status = EXIT_CLAIM;
    chart_base_close(plot->base);
    results_close(plot->results);
    return status;
}

static int run_verb(const struct verb *verb, int n, char **words)
{
    struct plot *plot = calloc(1, sizeof *plot);
    int status = EXIT_MACHINE;

    if (plot) {
        plot->style.size = CHART_SCREEN;
        status = cli_read(verb, n, words, take, plot);
        if (status == 0 && !plot->path) {
            cli_say("plot: which results? For example: lbsim plot results/quickstart");
            status = EXIT_USAGE;
        }
        if (status == 0)
            status = plot_results(plot);
    }
    free(plot);
    return status < 0 ? EXIT_DONE : status;
}

static const struct cli_option options[] = {
    { "chart", 0, "CHART", "only this one (repeatable; default: all that fit)" },
    { "format", 0, "svg|pdf|png|ascii", "what is drawn (default: svg)" },
    { "size", 0, "column|slide|screen", "for a paper, a lecture, a page (default: screen)" },
    { "metric", 0, "M", "another one than the chart's own, where it shows one" },
    { "policy", 0, "P", "only this label or policy (repeatable); colours stay" },
    { "point", 0, "P", "the point of the sweep that is shown: load=0.9 (repeatable)" },
    { "along", 0, "PATH", "the axis of charts over a sweep (default: load, or the first)" },
    { "base", 0, "P", "the label that differences are from (default: the first policy)" },
    { "title", 0, "TEXT", "instead of the chart's own" },
    { "dark", 0, NULL, "for a dark page" },
    { "data", 0, NULL, "the table that gnuplot gets, as CSV" },
    { "out", 'o', "DIR",
      "where files go (default: charts/ beside the results; -: standard output)" },
    { "verbose", 'v', NULL, "say why a chart does not fit" },
    { "quiet", 'q', NULL, "do not say what was written" },
    { NULL, 0, NULL, NULL },
};

const struct verb verb_plot = {
    .name = "plot",
    .arguments = "RESULTS",
    .summary = "charts from results: all that fit, or those asked for",
    .more = "Needs gnuplot (package gnuplot-nox). `lbsim list charts` has the charts.\n"
            "  lbsim plot results/quickstart\n"
            "  lbsim plot results/quickstart --chart cdf --format ascii\n"
            "  lbsim plot results/quickstart --chart cdf --format pdf --size column -o figures\n",
    .options = options,
    .run = run_verb,
};
