/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/validation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/engine/stream.h"
#include "sim/record/bootstrap.h"

/* What a validation is made from. */
struct validating {
    const struct validation_order *order;
    struct session_try *run, *ping; /* ping NULL: none came to an end */
    struct validation *out;
};

static int no_memory(struct validation *out)
{
    snprintf(out->why, sizeof out->why, "out of memory");
    return -1;
}

/* ---- Predictions. */

static int keep_spectrum(struct validation *out, enum prediction_level level)
{
    const struct fates *f = &out->predicted[level];
    struct histogram_total *spectrum = calloc(1, sizeof *spectrum);
    uint64_t i;

    if (!spectrum)
        return no_memory(out);
    for (i = f->first; i < f->n; i++)
        if (f->at[i].ended == 1 + ENDED_COMPLETED) {
            spectrum->count[histogram_index(f->at[i].latency)]++;
            spectrum->n++;
        }
    out->spectrum[level] = spectrum;
    return 0;
}

static int compare(struct validation *out, enum prediction_level level)
{
    struct fates *f = &out->predicted[level];
    int answer;

    f->first = out->measured.first;
    answer = agree_fates(f, &out->measured, level == PREDICT_REPLAY, &out->agreement[level]);
    if (answer == -2)
        return no_memory(out);
    if (answer)
        out->missing[level] = "no request completed in both worlds";
    out->share_predicted[level] = calloc((size_t)out->servers + 1, sizeof(double));
    if (!out->share_predicted[level])
        return no_memory(out);
    fates_shares(f, out->servers, out->share_predicted[level]);
    return keep_spectrum(out, level);
}

static int predict_level(struct validating *v, enum prediction_level level)
{
    struct predict_order order = predict_order_of(&v->run->plan, v->order->policy);
    struct validation *out = v->out;
    struct prediction p;

    if (out->missing[level])
        return 0;
    order.level = level;
    order.calibration = out->calibration.at ? &out->calibration : NULL;
    if (predict(&order, &p)) {
        snprintf(out->why, sizeof out->why, "the run cannot be simulated: %s", p.why);
        prediction_close(&p);
        return -1;
    }
    out->predicted[level] = p.fates;
    out->replayed += p.replayed;
    out->filled += p.filled;
    p.fates.at = NULL;
    prediction_close(&p);
    if (compare(out, level))
        return -1;
    if (level == PREDICT_CALIBRATED && !out->missing[level] &&
        average_paths(&order, &out->measured, &out->agreement[level]))
        return no_memory(out);
    return 0;
}

static int calibration(struct validating *v)
{
    struct validation *out = v->out;

    if (!v->ping) {
        out->calibration.median = NAN;
        out->missing[PREDICT_CALIBRATED] = "there were no pings";
        return 0;
    }
    if (calibrate(&out->calibration, &v->ping->plan, v->ping->gate.limits.slow))
        return no_memory(out);
    out->missing[PREDICT_CALIBRATED] = out->calibration.why;
    return 0;
}

static void look_for_foreigners(struct validating *v)
{
    struct validation *out = v->out;

    out->foreign_balancer = v->run->plan.through != NULL;
    out->foreign_servers = services_any_foreign(&v->run->plan);
    if (out->foreign_servers)
        out->missing[PREDICT_REPLAY] = "servers that are not lbsim's keep no record";
    else if (out->foreign_balancer)
        out->missing[PREDICT_REPLAY] = "a balancer that is not lbsim's keeps no record";
}

static int predict_all(struct validating *v)
{
    int level, answer = calibration(v);

    look_for_foreigners(v);
    for (level = 0; level < PREDICT_LEVELS && answer == 0; level++)
        answer = predict_level(v, (enum prediction_level)level);
    return answer;
}

/* ---- Confidence. */

static void no_intervals(struct interval out[AGREE_POINTS], double confidence)
{
    int i;

    for (i = 0; i < AGREE_POINTS; i++)
        out[i] = (struct interval) { .value = NAN,
                                     .low = NAN,
                                     .high = NAN,
                                     .se = NAN,
                                     .confidence = confidence,
                                     .method = INTERVAL_BOOTSTRAP,
                                     .why = "no data" };
}

/* Of a alone, or of a relative to b. */
static int intervals(struct validation *out, const struct scenario *s, const struct fates *a,
                     const struct fates *b, struct interval at[AGREE_POINTS])
{
    static const double shares[] = { 0.5, 0.9, 0.99, 0.999 };
    uint64_t n, m;
    double *x = fates_latencies(a, &n), *y = b ? fates_latencies(b, &m) : NULL;
    const struct bootstrap_data data = { .a = x,
                                         .b = y,
                                         .n = n,
                                         .key = stream_key(s->run.seed, 0, 0, STREAM_SAMPLE),
                                         .confidence = s->run.confidence };
    int answer = 0;

    if (!x || (b && !y) || bootstrap(&data, shares, 4, at))
        answer = no_memory(out);
    if (answer == 0 && n < AGREE_P999_LEAST) /* not told */
        at[AGREE_P999].value = at[AGREE_P999].low = at[AGREE_P999].high = NAN;
    free(x);
    free(y);
    return answer;
}

/* Chance in the mean of several predictions is no more than in one of them. */
static void centre(struct interval *x, double value)
{
    x->low += value - x->value;
    x->high += value - x->value;
    x->value = value;
}

/* Services were drawn: what was measured and what is predicted are no pairs. */
static int spread(struct validating *v, struct interval at[AGREE_POINTS])
{
    struct predict_order order = predict_order_of(&v->run->plan, v->order->policy);

    order.level = PREDICT_CALIBRATED;
    order.calibration = &v->out->calibration;
    return spread_of(&order, &v->out->measured, v->order->scenario->run.confidence, at)
               ? no_memory(v->out)
               : 0;
}

static int measure_confidence(struct validating *v)
{
    const struct scenario *s = v->order->scenario;
    struct validation *out = v->out;
    int level, i, answer = intervals(out, s, &out->measured, NULL, out->interval);

    for (level = 0; level < PREDICT_LEVELS && answer == 0; level++) {
        no_intervals(out->error[level], s->run.confidence);
        if (out->missing[level])
            continue;
        answer = intervals(out, s, &out->predicted[level], &out->measured, out->error[level]);
        for (i = 0; i < AGREE_POINTS; i++)
            centre(&out->error[level][i], out->agreement[level].error[i]);
        if (answer == 0 && level == PREDICT_CALIBRATED && out->calibration.service)
            answer = spread(v, out->error[level]);
    }
    return answer;
}

/* ---- What it comes to. */

static int play_back(struct validating *v)
{
    struct validation *out = v->out;

    if (!v->order->log)
        return 0;
    rewind(v->order->log);
    if (decision_replay(v->order->policy, v->order->log, &out->decisions)) {
        snprintf(out->why, sizeof out->why, "the log of decisions cannot be played back: %.200s",
                 out->decisions.why);
        return -1;
    }
    out->decided = true;
    return 0;
}

static int look_for_band(struct validating *v)
{
    struct predict_order order = predict_order_of(&v->run->plan, v->order->policy);
    struct validation *out = v->out;

    if (!out->foreign_balancer || out->missing[PREDICT_CALIBRATED])
        return 0;
    order.level = PREDICT_CALIBRATED;
    order.calibration = &out->calibration;
    return band_of(&order, &out->measured, &out->band) ? no_memory(out) : 0;
}

/* Pings that were not VALID calibrate nothing. */
static const char *uncalibrated(const struct validating *v)
{
    if (v->out->missing[PREDICT_CALIBRATED])
        return v->out->missing[PREDICT_CALIBRATED];
    return v->ping->gate.verdict == GATE_VALID ? NULL : "its pings were not VALID";
}

double validation_drawn(const struct validation *v)
{
    const uint64_t n = v->replayed + v->filled;

    return n ? (double)v->filled / (double)n : NAN;
}

/* One message in a thousand, at the end of the run say, is not worth a word. */
static bool is_exact(const struct validation *out)
{
    return out->filled * 1000 <= out->replayed;
}

/* On average, s: as answers say, or at servers that are not lbsim's as pings do. */
static double mean_service(const struct validating *v)
{
    const struct live_plan *plan = &v->run->plan;
    const struct calibration *c = &v->out->calibration;
    double sum = 0.0;
    uint64_t i, n = 0;

    if (!c->service)
        return v->run->result.service.mean;
    for (i = v->out->measured.first; i < v->out->measured.n; i++) {
        const struct live_record *r = &plan->shared->record[i];

        if (r->ended != 1 + ENDED_COMPLETED)
            continue;
        sum += services_foreign(plan, r->dispatched)
                   ? c->service[services_group(plan->scenario, r->dispatched)].mean
                   : (double)r->service / 1e9;
        n++;
    }
    return n ? sum / (double)n : NAN;
}

static void judge(struct validating *v)
{
    struct validation *out = v->out;
    const struct live_result *result = &v->run->result;
    const double scale = v->run->plan.time_scale;
    const char *why = uncalibrated(v);
    const struct verdict_reading reading = {
        .gate = &v->run->gate,
        .requests = out->measured.n,
        .service = mean_service(v) * scale,
        .overhead = result->path[PATH_OVERHEAD].p50 * scale,
        .latency = result->latency.p50 * scale,
        .stateless = out->stateless,
        .calibrated = why ? NULL : &out->agreement[PREDICT_CALIBRATED],
        .uncalibrated = why,
        .calibrated_error = out->error[PREDICT_CALIBRATED],
        .replayed = out->missing[PREDICT_REPLAY] ? NULL : &out->agreement[PREDICT_REPLAY],
        .drawn = validation_drawn(out),
        .replay_error = is_exact(out) ? NULL : out->error[PREDICT_REPLAY],
        .decisions = out->decided ? &out->decisions : NULL,
        .band = &out->band,
    };

    out->verdict = verdict_of(&v->order->limits, &reading);
}

static int measure(struct validating *v)
{
    struct validation *out = v->out;

    if (fates_of_run(&v->run->plan, &out->measured))
        return no_memory(out);
    out->share = calloc((size_t)out->servers + 1, sizeof out->share[0]);
    if (!out->share)
        return no_memory(out);
    fates_shares(&out->measured, out->servers, out->share);
    return 0;
}

static bool has_records(const struct session_try *t)
{
    return t && t->plan.shared;
}

int validation_of(const struct validation_order *order, struct live_session *session,
                  struct validation *out)
{
    struct validating v = { .order = order,
                            .run = session_best(&session->run),
                            .ping = session_best(&session->ping),
                            .out = out };

    memset(out, 0, sizeof *out);
    out->policy = order->policy;
    out->servers = order->scenario->servers_total;
    out->stateless = predict_is_stateless(order->scenario, order->policy);
    if (!has_records(v.run)) {
        snprintf(out->why, sizeof out->why, "nothing was measured");
        return -1;
    }
    if (!has_records(v.ping))
        v.ping = NULL;
    if (measure(&v) || predict_all(&v) || measure_confidence(&v) || play_back(&v) ||
        look_for_band(&v))
        return -1;
    judge(&v);
    calibration_forget(&out->calibration);
    return 0;
}

void validation_close(struct validation *v)
{
    int level;

    fates_close(&v->measured);
    calibration_close(&v->calibration);
    free(v->share);
    for (level = 0; level < PREDICT_LEVELS; level++) {
        fates_close(&v->predicted[level]);
        free(v->share_predicted[level]);
        free(v->spectrum[level]);
    }
    memset(v, 0, sizeof *v);
}
