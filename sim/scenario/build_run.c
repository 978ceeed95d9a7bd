/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/build.h"
#include "sim/scenario/policy_read.h"
#include "sim/scenario/value.h"

enum { REQUESTS_DEFAULT = 200000, PRECISION_LEAST = 20 };

static const struct trail run_trail = { NULL, "run", -1 };

static void read_warmup(struct build *build, const cJSON *node, struct run_spec *run)
{
    const struct trail here = { &run_trail, "warmup", -1 };
    const char *wrong = "expected \"auto\", a number of requests, or a time such as \"10s\"";
    struct reader *reader = build->reader;
    char room[FOUND_ROOM];
    double seconds = -1;
    int64_t count;

    if (json_flawed(reader->json, node) ||
        (cJSON_IsString(node) && !strcmp(node->valuestring, "auto")))
        return;
    if (value_is_whole(reader, node, &count) && count >= 0) {
        run->warmup = WARMUP_COUNT;
        run->warmup_count = (uint64_t)count;
    } else if (cJSON_IsString(node) && !unit_read(UNIT_TIME, node->valuestring, &seconds) &&
               seconds <= DURATION_MOST) {
        run->warmup = WARMUP_TIME;
        run->warmup_time = (lb_time)llround(seconds * 1e9);
    } else {
        complain(reader, &here, node, "%s, found %s", wrong, found_text(reader, node, room));
    }
}

static void check_warmup(struct build *build, const cJSON *node, const struct run_spec *run)
{
    const struct trail here = { &run_trail, "warmup", -1 };
    struct reader *reader = build->reader;

    if (run->warmup == WARMUP_COUNT && run->requests && run->warmup_count >= run->requests)
        complain(reader, &here, node, "%llu requests of warm-up leave nothing to measure of %llu",
                 (unsigned long long)run->warmup_count, (unsigned long long)run->requests);
    if (run->warmup == WARMUP_TIME && run->duration && run->warmup_time >= run->duration)
        complain(reader, &here, node, "the warm-up is as long as the run: nothing is measured");
}

/* Requests in all, where nothing but traces that end makes them; else 0. */
static uint64_t requests_of_traces(const struct scenario *scenario)
{
    uint64_t sum = 0;
    uint32_t i;

    for (i = 0; i < scenario->clients_n; i++) {
        const struct client_spec *client = &scenario->clients[i];

        if (client->process != ARRIVAL_TRACE || client->arrivals.loop)
            return 0;
        sum += client->arrivals.count;
    }
    return sum <= REQUESTS_MOST ? sum : 0;
}

static void read_length(struct build *build, const struct run_form *form, struct run_spec *run)
{
    const struct trail here = { &run_trail, "duration", -1 };
    const uint64_t traces = requests_of_traces(build->scenario);

    if (build_has(form->node, "requests") && build_has(form->node, "duration"))
        complain(build->reader, &here, build_value(form->node, "duration"),
                 "requests and duration exclude each other");
    if (form->duration != LB_NEVER)
        run->duration = form->duration;
    else if (form->requests != FIELD_ABSENT)
        run->requests = (uint64_t)form->requests;
    else
        run->requests = traces ? traces : REQUESTS_DEFAULT;
    if (traces && run->requests > traces)
        run->requests = traces;
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void read_percentiles(struct build *build, const struct lb_list *list, struct run_spec *run)
{
    double *at = reader_get(build->reader, list->n * sizeof *at);
    uint32_t i, n = 0;

    if (!at)
        return;
    if (list->n)
        memcpy(at, list->at, list->n * sizeof *at);
    qsort(at, list->n, sizeof *at, by_size);
    for (i = 0; i < list->n; i++)
        if (!n || at[i] != at[n - 1])
            at[n++] = at[i];
    run->percentiles = at;
    run->percentiles_n = n;
}

void build_metrics(struct build *build, const struct trail *owner, const struct names *names,
                   const char *const **at, uint32_t *n)
{
    const struct scenario_request *request = build->request;
    const cJSON *element = names->node ? names->node->child : NULL;
    char why[512];
    uint32_t i;

    *at = names->at;
    *n = names->n;
    for (i = 0; request->metric && i < names->n; i++, element = element->next) {
        const struct trail here = { owner, "metrics", i };

        why[0] = '\0';
        if (request->metric(build->scenario, names->at[i], why, sizeof why))
            complain(build->reader, &here, element, "%s", why);
    }
}

static void read_precision(struct build *build, const cJSON *node, struct run_spec *run)
{
    const struct trail here = { &run_trail, "precision", -1 };
    const struct rows rows = rows_of_fields(shape_precision.fields);
    struct reader *reader = build->reader;
    struct precision_form form = { .node = node };
    struct field relative;

    bind_presets(reader, &rows, &form);
    if (cJSON_IsObject(node))
        bind_object(reader, &here, node, &rows, NULL, &form);
    else if (rows_find(&rows, "relative", &relative))
        bind_value(reader, &here, node, &relative, &form);
    run->precision.relative = form.relative;
    run->precision.most_requests = form.most_requests;
    build_metrics(build, &here, &form.metrics, &run->precision.metrics, &run->precision.metrics_n);
    if (run->replications < PRECISION_LEAST) {
        warn(build->reader, "few_replications", &here, node,
             "fewer than %d replications stop too early, on luckily small spreads: %d are run",
             PRECISION_LEAST, PRECISION_LEAST);
        run->replications = PRECISION_LEAST;
    }
}

bool build_run(struct build *build)
{
    const struct run_form *form = &build->top.run;
    struct scenario *scenario = build->scenario;
    struct run_spec *run = &scenario->run;

    *run = (struct run_spec) { .seed = form->seed,
                               .replications = (uint32_t)form->replications,
                               .confidence = form->confidence,
                               .precision = { .relative = NAN, .most_requests = NAN } };
    read_length(build, form, run);
    if (form->warmup) {
        read_warmup(build, form->warmup, run);
        check_warmup(build, form->warmup, run);
    }
    read_percentiles(build, &form->percentiles, run);
    build_metrics(build, &run_trail, &form->metrics, &run->metrics, &run->metrics_n);
    if (form->precision)
        read_precision(build, form->precision, run);
    if (build->top.policies)
        scenario->policies =
            policy_read_all(build->reader, build->top.policies, &scenario->policies_n);
    build_windows(build);
    return !build->reader->no_memory;
}
