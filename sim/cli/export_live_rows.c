/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/export_live_part.h"
#include "sim/cli/print.h"
#include "sim/record/histogram.h"

static bool is_of(const char *point, const char *label, const struct store_live_contender *c)
{
    return !strcmp(point, c->point) && !strcmp(label, c->label);
}

/* ---- CSV. */

static void csv_text(FILE *out, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void csv_number(FILE *out, double x)
{
    fputc(',', out);
    if (isfinite(x))
        fprintf(out, "%.17g", x);
}

static void csv_value(FILE *out, const struct live_rows *l, const struct store_live_contender *c,
                      const struct store_live_value *v)
{
    const char *const texts[] = { l->scenario,
                                  l->stamp[STAMP_VERSION],
                                  l->stamp[STAMP_GIT],
                                  l->seed,
                                  l->kind,
                                  l->transport,
                                  c->point,
                                  c->policy,
                                  c->label,
                                  c->gate,
                                  c->verdict,
                                  v->world,
                                  v->metric,
                                  v->statistic };
    size_t i;

    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (i)
            fputc(',', out);
        csv_text(out, texts[i]);
    }
    csv_number(out, v->value);
    csv_number(out, v->low);
    csv_number(out, v->high);
    fprintf(out, ",%s\n", v->unit);
}

void live_rows_csv(FILE *out, const struct live_rows *l)
{
    uint32_t i, k;

    fputs("scenario,version,git,seed,kind,transport,point,policy,label,gate,verdict,world,metric,"
          "statistic,value,low,high,unit\n",
          out);
    for (i = 0; i < l->contenders_n; i++)
        for (k = 0; k < l->values_n; k++)
            if (is_of(l->values[k].point, l->values[k].label, &l->contenders[i]))
                csv_value(out, l, &l->contenders[i], &l->values[k]);
}

/* ---- JSON. */

static void json_text(FILE *out, const char *name, const char *text, const char *after)
{
    fprintf(out, "\"%s\": ", name);
    print_json_text(out, text);
    fputs(after, out);
}

static void json_number(FILE *out, const char *name, double x, const char *after)
{
    fprintf(out, "\"%s\": ", name);
    print_json_number(out, x);
    fputs(after, out);
}

static void json_tries(FILE *out, const struct live_rows *l, const struct store_live_contender *c)
{
    const char *between = "\n       ";
    uint32_t i;

    fputs("\"tries\": [", out);
    for (i = 0; i < l->tries_n; i++) {
        const struct store_live_try *t = &l->tries[i];

        if (!is_of(t->point, t->label, c))
            continue;
        fprintf(out, "%s{\"phase\": \"%s\", \"try\": %u, \"chosen\": %s, ", between, t->phase,
                t->try + 1, t->chosen ? "true" : "false");
        json_text(out, "gate", t->gate, ", ");
        json_text(out, "why", t->why, ", ");
        json_number(out, "overhead_p99.9", t->overhead, ", ");
        json_number(out, "send_p99", t->send, ", ");
        json_number(out, "steal", t->steal, ", ");
        json_number(out, "slow_share", t->slow_share, ", ");
        json_number(out, "rate_share", t->rate, ", ");
        fprintf(out, "\"overload\": %" PRIu64 "}", t->overload);
        between = ",\n       ";
    }
    fputs("],\n     ", out);
}

static void json_values(FILE *out, const struct live_rows *l, const struct store_live_contender *c)
{
    const char *between = "\n       ";
    uint32_t i;

    fputs("\"numbers\": [", out);
    for (i = 0; i < l->values_n; i++) {
        const struct store_live_value *v = &l->values[i];

        if (!is_of(v->point, v->label, c))
            continue;
        fputs(between, out);
        fputc('{', out);
        json_text(out, "world", v->world, ", ");
        json_text(out, "metric", v->metric, ", ");
        json_text(out, "statistic", v->statistic, ", ");
        json_number(out, "value", v->value, ", ");
        json_number(out, "low", v->low, ", ");
        json_number(out, "high", v->high, ", ");
        json_text(out, "unit", v->unit, "}");
        between = ",\n       ";
    }
    fputs("],\n     ", out);
}

static void json_buckets(FILE *out, const struct store_live_histogram *h)
{
    struct histogram_total *total = calloc(1, sizeof *total);
    struct histogram_bucket b;
    bool any = false;
    uint32_t at = 0;

    fputc('[', out);
    if (total && histogram_decode(total, h->bytes, h->n) == 0)
        while (histogram_next(total, &at, &b)) {
            fprintf(out, "%s[%" PRId64 ",%" PRId64 ",%" PRIu64 "]", any ? "," : "", b.low, b.high,
                    b.count);
            any = true;
        }
    fputc(']', out);
    free(total);
}

static void json_histograms(FILE *out, const struct live_rows *l,
                            const struct store_live_contender *c)
{
    const char *between = "\n       ";
    uint32_t i;

    fputs("\"histograms\": [", out);
    for (i = 0; i < l->histograms_n; i++) {
        const struct store_live_histogram *h = &l->histograms[i];

        if (!is_of(h->point, h->label, c))
            continue;
        fputs(between, out);
        fputc('{', out);
        json_text(out, "world", h->world, ", ");
        json_text(out, "metric", h->metric, ", \"unit\": \"ns\", \"buckets\": ");
        json_buckets(out, h);
        fputc('}', out);
        between = ",\n       ";
    }
    fputs("]}", out);
}

static void json_contender(FILE *out, const struct live_rows *l,
                           const struct store_live_contender *c)
{
    fputs("    {", out);
    json_text(out, "policy", c->policy, ", ");
    json_text(out, "label", c->label, ", ");
    json_text(out, "point", c->point, ", ");
    json_text(out, "gate", c->gate, ", ");
    json_text(out, "gate_why", c->gate_why, ",\n     ");
    json_text(out, "verdict", c->verdict, ", ");
    json_text(out, "why", c->why, ",\n     ");
    fprintf(out, "\"issued\": %" PRIu64 ", \"measured\": %" PRIu64 ",\n     ", c->issued,
            c->measured);
    json_tries(out, l, c);
    json_values(out, l, c);
    json_histograms(out, l, c);
}

void live_rows_json(FILE *out, const struct live_rows *l)
{
    uint32_t i;

    fputs("{ \"format\": \"lbsim-live-results/1\", ", out);
    json_text(out, "scenario", l->scenario, ", ");
    json_text(out, "seed", l->seed, ",\n  ");
    for (i = 0; i < STAMP_ITEMS; i++)
        json_text(out, stamp_name((enum stamp_item)i), l->stamp[i], ",\n  ");
    json_text(out, "kind", l->kind, ", ");
    json_text(out, "transport", l->transport, ", ");
    fprintf(out, "\"tls\": %s, ", l->tls ? "true" : "false");
    json_number(out, "time_scale", l->time_scale, ", ");
    json_text(out, "through", l->through, ",\n  ");
    json_text(out, "scheduler", l->scheduler, ",\n  \"policies\": [");
    for (i = 0; i < l->contenders_n; i++) {
        fputs(i ? ",\n" : "\n", out);
        json_contender(out, l, &l->contenders[i]);
    }
    fputs("\n  ] }\n", out);
}
