/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/export_live_part.h"
#include "sim/cli/live_text.h"
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
    print_csv_number(out, v->value);
    print_csv_number(out, v->low);
    print_csv_number(out, v->high);
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

static void json_tries(FILE *out, const struct live_rows *l, const struct store_live_contender *c)
{
    const char *between = "\n       ";
    uint32_t i;

    fputs("\"tries\": [", out);
    for (i = 0; i < l->tries_n; i++) {
        const struct store_live_try *t = &l->tries[i];
        const struct live_reading reading = { t->overhead, t->send, t->steal, t->slow_share,
                                              t->rate };

        if (!is_of(t->point, t->label, c))
            continue;
        fprintf(out, "%s{\"phase\": \"%s\", \"try\": %u, \"chosen\": %s, ", between, t->phase,
                t->try + 1, t->chosen ? "true" : "false");
        live_json_text(out, "gate", t->gate, ", ");
        live_json_text(out, "why", t->why, ", ");
        live_json_reading(out, &reading, ", ");
        fprintf(out, "\"overload\": %" PRIu64 "}", t->overload);
        between = ",\n       ";
    }
    fputs("],\n     ", out);
}

static void json_values(FILE *out, const struct live_rows *l, const struct store_live_contender *c)
{
    static const char none[] = "no measured request has such a number, or too few have it";
    const char *between = "\n       ";
    uint32_t i;

    fputs("\"numbers\": [", out);
    for (i = 0; i < l->values_n; i++) {
        const struct store_live_value *v = &l->values[i];

        if (!is_of(v->point, v->label, c))
            continue;
        fputs(between, out);
        fputc('{', out);
        live_json_text(out, "world", v->world, ", ");
        live_json_text(out, "metric", v->metric, ", ");
        live_json_text(out, "statistic", v->statistic, ", ");
        live_json_value(out, v->value, v->low, v->high, none);
        live_json_text(out, "unit", v->unit, "}");
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
        live_json_text(out, "world", h->world, ", ");
        live_json_text(out, "metric", h->metric, ", \"unit\": \"ns\", \"buckets\": ");
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
    live_json_text(out, "policy", c->policy, ", ");
    live_json_text(out, "label", c->label, ", ");
    live_json_text(out, "point", c->point, ", ");
    live_json_text(out, "gate", c->gate, ", ");
    live_json_text(out, "gate_why", c->gate_why, ",\n     ");
    live_json_text(out, "verdict", c->verdict, ", ");
    live_json_text(out, "why", c->why, ",\n     ");
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
    live_json_text(out, "scenario", l->scenario, ", ");
    live_json_text(out, "seed", l->seed, ",\n  ");
    for (i = 0; i < STAMP_ITEMS; i++)
        live_json_text(out, stamp_name((enum stamp_item)i), l->stamp[i], ",\n  ");
    live_json_text(out, "kind", l->kind, ", ");
    live_json_text(out, "transport", l->transport, ", ");
    fprintf(out, "\"tls\": %s, ", l->tls ? "true" : "false");
    live_json_known(out, "time_scale", l->time_scale, ", ");
    live_json_text(out, "through", l->through, ",\n  ");
    live_json_text(out, "scheduler", l->scheduler, ",\n  \"policies\": [");
    for (i = 0; i < l->contenders_n; i++) {
        fputs(i ? ",\n" : "\n", out);
        json_contender(out, l, &l->contenders[i]);
    }
    fputs("\n  ] }\n", out);
}
