/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "sim/scenario/tables.h"
#include "sim/scenario/value.h"

#define IN(form, member) .offset = offsetof(struct form, member)

#define BATCH_MOST 1e7

#define RATE_ROW                                                                                   \
    {                                                                                              \
        .name = "rate", .type = FIELD_NUMBER, IN(arrivals_form, rate), .preset = NAN,              \
        .least = 1e-8, .most = 1e12, .unit = UNIT_RATE,                                            \
        .help = "requests per second, on average; not with the scenario's load"                    \
    }

static const struct field poisson_fields[] = { RATE_ROW, { .name = NULL } };
static const struct field deterministic_fields[] = { RATE_ROW, { .name = NULL } };
static const struct field renewal_fields[] = {
    { .name = "interarrival",
      .type = FIELD_QUANTITY,
      IN(arrivals_form, interarrival),
      .preset = NAN,
      .least = 0,
      .most = DURATION_MOST,
      .unit = UNIT_TIME,
      .required = true,
      .help = "the gaps; the scenario's load stretches them" },
    { .name = NULL },
};
static const struct field batch_fields[] = {
    RATE_ROW,
    { .name = "size",
      .type = FIELD_QUANTITY,
      IN(arrivals_form, size),
      .preset = NAN,
      .least = 1,
      .most = BATCH_MOST,
      .required = true,
      .help = "requests of a batch, at least 1; rounded to whole" },
    { .name = NULL },
};
static const struct field mmpp_fields[] = {
    { .name = "rates",
      .type = FIELD_NUMBERS,
      IN(arrivals_form, rates),
      .preset = NAN,
      .least = 0,
      .most = 1e12,
      .unit = UNIT_RATE,
      .required = true,
      .help = "requests per second in each state; the scenario's load scales them" },
    { .name = "switch",
      .type = FIELD_NUMBERS,
      IN(arrivals_form, leave),
      .preset = NAN,
      .least = 1e-8,
      .most = 1e9,
      .unit = UNIT_RATE,
      .required = true,
      .help = "how often per second each state is left, for any of the others alike" },
    { .name = NULL },
};
static const struct field on_off_fields[] = {
    RATE_ROW,
    { .name = "on",
      .type = FIELD_QUANTITY,
      IN(arrivals_form, on),
      .preset = NAN,
      .least = 0,
      .most = DURATION_MOST,
      .unit = UNIT_TIME,
      .required = true,
      .help = "length of the periods in which requests come" },
    { .name = "off",
      .type = FIELD_QUANTITY,
      IN(arrivals_form, off),
      .preset = NAN,
      .least = 0,
      .most = DURATION_MOST,
      .unit = UNIT_TIME,
      .required = true,
      .help = "length of the pauses between them" },
    { .name = NULL },
};

static const struct field curve_fields[] = {
    { .name = "mean",
      .type = FIELD_NUMBER,
      IN(curve_form, mean),
      .preset = NAN,
      .least = 1e-8,
      .most = 1e12,
      .unit = UNIT_RATE,
      .help = "of a sinusoid: requests per second on average; left out with the scenario's load" },
    { .name = "amplitude",
      .type = FIELD_NUMBER,
      IN(curve_form, amplitude),
      .preset = NAN,
      .least = 0,
      .most = 1,
      .help = "of a sinusoid: part of the mean by which the rate swings" },
    { .name = "period",
      .type = FIELD_TIME,
      IN(curve_form, period),
      .preset = NAN,
      .least = 1e-9,
      .most = DURATION_MOST,
      .unit = UNIT_TIME,
      .help = "of a sinusoid: time from peak to peak" },
    { .name = "from",
      .type = FIELD_TIME,
      IN(curve_form, from),
      .preset = NAN,
      .least = 0,
      .most = DURATION_MOST,
      .unit = UNIT_TIME,
      .help = "of a step: when it begins" },
    { .name = "rate",
      .type = FIELD_NUMBER,
      IN(curve_form, rate),
      .preset = NAN,
      .least = 0,
      .most = 1e12,
      .unit = UNIT_RATE,
      .help = "of a step: requests per second" },
    { .name = NULL },
};
const struct shape shape_curve = {
    .name = "rates",
    .help = "a rate over time: a sinusoid { mean, amplitude, period }, or a list of { from, rate }",
    .size = sizeof(struct curve_form),
    .fields = curve_fields
};
static const struct field nonhomogeneous_fields[] = {
    { .name = "rates",
      .type = FIELD_OBJECTS,
      IN(arrivals_form, curve),
      .preset = NAN,
      .least = 1,
      .most = 100000,
      .required = true,
      .shape = &shape_curve,
      .help = "a sinusoid { mean, amplitude, period }, or a list of { from, rate }" },
    { .name = NULL },
};

static const struct field closed_fields[] = {
    { .name = "population",
      .type = FIELD_WHOLE,
      IN(arrivals_form, population),
      .preset = NAN,
      .least = 1,
      .most = MOST_POPULATION,
      .required = true,
      .help = "users" },
    { .name = "think",
      .type = FIELD_QUANTITY,
      IN(arrivals_form, think),
      .preset = 0,
      .least = 0,
      .most = DURATION_MOST,
      .unit = UNIT_TIME,
      .help = "how long a user waits before each request" },
    { .name = NULL },
};
static const struct field trace_fields[] = {
    { .name = "file",
      .type = FIELD_TEXT,
      IN(arrivals_form, file),
      .preset = NAN,
      .required = true,
      .help = "CSV with a header, or JSON lines, plain, gzip or zstd: columns time, service, key, "
              "bytes; seen from the scenario's folder" },
    { .name = "scale",
      .type = FIELD_NUMBER,
      IN(arrivals_form, scale),
      .preset = 1,
      .least = 1e-9,
      .most = 1e9,
      .help = "what its times are multiplied by; not with the scenario's load" },
    { .name = "loop",
      .type = FIELD_FLAG,
      IN(arrivals_form, loop),
      .preset = 0,
      .help = "begin again after its last request" },
    { .name = NULL },
};

#define ARRIVAL(NAME, name, summary) { #name, summary, name##_fields },
static const struct variant arrivals_kinds[] = {
#include "models/arrival/arrivals.def"
    { .name = NULL },
};
#undef ARRIVAL
const struct variants variants_arrivals = {
    .tag = "process",
    .help = "when requests come",
    .size = sizeof(struct arrivals_form),
    .at = arrivals_kinds,
};

static const struct field sessions_fields[] = {
    { .name = "requests",
      .type = FIELD_QUANTITY,
      IN(sessions_form, requests),
      .preset = NAN,
      .least = 1,
      .most = BATCH_MOST,
      .required = true,
      .help = "of a session, at least 1; rounded to whole" },
    { .name = "think",
      .type = FIELD_QUANTITY,
      IN(sessions_form, think),
      .preset = 0,
      .least = 0,
      .most = DURATION_MOST,
      .unit = UNIT_TIME,
      .help = "time between the end of a request and the next one" },
    { .name = NULL },
};
const struct shape shape_sessions = { .name = "sessions",
                                      .help = "arrivals begin sessions: requests one after the "
                                              "other, with time to think in between; rates "
                                              "still count requests",
                                      .size = sizeof(struct sessions_form),
                                      .fields = sessions_fields };
