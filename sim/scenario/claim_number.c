/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a claim says in numbers: its metric, values, windows, and recovery. */
#include <math.h>
#include <string.h>

#include "sim/scenario/build.h"
#include "sim/scenario/claim_read.h"
#include "sim/scenario/value.h"

void claim_wrong(const struct claim_reading *of, const char *key, const char *what)
{
    const struct trail here = CLAIM_KEY(of, key);

    complain(of->r->reader, &here, build_value(of->form->node, key), "%s", what);
}

/* ---- Metrics and numbers. */

static const char *unit_of(const struct claim_reader *r, const char *metric)
{
    const char *unit = r->request->metric_unit ? r->request->metric_unit(metric) : NULL;

    return r->request->metric_unit ? unit : "1";
}

static void check_metric(const struct claim_reading *of, const char *key, const char *name)
{
    const struct trail here = CLAIM_KEY(of, key);
    const cJSON *node = build_value(of->form->node, key);
    struct claim_reader *r = of->r;
    char why[512] = "";

    if (strstr(name, "[*]"))
        complain(r->reader, &here, node, "a claim is about one metric, [*] means several");
    else if (r->request->metric && r->scenario &&
             r->request->metric(r->scenario, name, why, sizeof why))
        complain(r->reader, &here, node, "%s", why);
}

void claim_metric(const struct claim_reading *of)
{
    static const char *const keys[] = {
        [CLAIM_VALUE] = "metric",  [CLAIM_ORDER] = "by",    [CLAIM_RATIO] = "by",
        [CLAIM_DIFFERENCE] = "by", [CLAIM_CROSSING] = "by", [CLAIM_MONOTONE] = "monotone"
    };
    const struct claim_keys *form = of->form;
    struct claim *claim = of->claim;

    if (claim->form == CLAIM_WARNING)
        return;
    claim->metric = form->metric ? form->metric : form->monotone ? form->monotone : form->by;
    if (!claim->metric) {
        if (claim->form == CLAIM_CROSSING && !form->by)
            complain(of->r->reader, of->trail, form->node, "by is missing beside crossing");
        return;
    }
    claim->unit = "s";
    if (claim->form == CLAIM_VALUE && !strcmp(claim->metric, "recovery.time"))
        return;
    check_metric(of, keys[claim->form], claim->metric);
    claim->unit = claim->form == CLAIM_RATIO ? "1" : unit_of(of->r, claim->metric);
}

static bool claim_amount(struct reader *reader, const struct trail *trail, const cJSON *node,
                         const char *unit, double *out)
{
    const struct field field = { .unit = !strcmp(unit, "s")     ? UNIT_TIME
                                         : !strcmp(unit, "1/s") ? UNIT_RATE
                                                                : UNIT_NONE };

    return value_number(reader, trail, node, &field, out);
}

static void amount(const struct claim_reading *of, const char *key, const cJSON *node, double *out)
{
    const struct trail here = CLAIM_KEY(of, key);

    if (node && of->claim->unit)
        claim_amount(of->r->reader, &here, node, of->claim->unit, out);
}

static void read_tolerance(const struct claim_reading *of)
{
    static const struct field field = { .least = 0, .most = 10 };
    const struct trail here = CLAIM_KEY(of, "tolerance");
    const cJSON *node = of->form->tolerance;
    struct claim *claim = of->claim;

    if (cJSON_IsString(node) && !strcmp(node->valuestring, "ci")) {
        claim->rule = RULE_CI;
        return;
    }
    if (cJSON_IsString(node))
        value_expected(of->r->reader, &here, node, "a number such as 0.01, or \"ci\"", NULL);
    else if (value_number(of->r->reader, &here, node, &field, &claim->tolerance) &&
             claim->tolerance == 0)
        complain(of->r->reader, &here, node,
                 "nothing simulated is exact: say \"ci\", or how far it may be off");
}

static void read_rule(const struct claim_reading *of)
{
    const struct claim_keys *form = of->form;
    struct claim *claim = of->claim;

    if (form->tolerance && form->error)
        claim_wrong(of, "error", "goes with value, and tolerance is another rule: take one");
    else if (form->value && !form->tolerance && !form->error)
        claim_wrong(of, "value", "how close? give tolerance (0.01, or \"ci\") or error");
    else if (!form->value && (form->tolerance || form->error))
        claim_wrong(of, form->error ? "error" : "tolerance", "goes with value, which is missing");
    else if (form->tolerance)
        read_tolerance(of);
    else if (form->error)
        claim->rule = RULE_ERROR;
    if (claim->error < 0)
        claim_wrong(of, "error", "a half-width is not negative");
}

void claim_numbers(const struct claim_reading *of)
{
    const struct claim_keys *form = of->form;
    struct claim *claim = of->claim;

    claim->value = claim->tolerance = claim->error = claim->least = claim->most = NAN;
    if (claim->form != CLAIM_VALUE && claim->form != CLAIM_RATIO && claim->form != CLAIM_DIFFERENCE)
        return;
    amount(of, "value", form->value, &claim->value);
    amount(of, "error", form->error, &claim->error);
    amount(of, "min", form->least, &claim->least);
    amount(of, "max", form->most, &claim->most);
    read_rule(of);
    if (!form->value && !form->least && !form->most)
        complain(of->r->reader, of->trail, form->node,
                 "nothing is claimed of it: value, min or max is missing");
    if (claim->least > claim->most)
        claim_wrong(of, "max", "is below min");
    if (claim->rule == RULE_TOLERANCE && claim->value == 0)
        claim_wrong(of, "value", "a relative tolerance of 0 is 0: take min and max, or \"ci\"");
}

/* ---- Windows and recovery. */

bool claim_window(const struct claim_reading *of, const char *key, const struct window_form *form,
                  struct window *out)
{
    const struct trail here = CLAIM_KEY(of, key);

    if (!form->node || form->from == LB_NEVER || form->to == LB_NEVER)
        return false;
    if (form->to <= form->from)
        complain(of->r->reader, &here, form->node, "it ends before it begins");
    *out = (struct window) { form->from, form->to };
    return form->to > form->from;
}

static bool told_in_windows(const struct scenario *s, const char *metric)
{
    uint32_t i;

    for (i = 0; s && i < s->run.windows.metrics_n; i++)
        if (!strcmp(s->run.windows.metrics[i], metric))
            return true;
    return false;
}

static void check_recovery(const struct claim_reading *of)
{
    const struct scenario *s = of->r->scenario;

    if (!of->form->of || of->form->after == LB_NEVER || isnan(of->form->level)) {
        complain(of->r->reader, of->trail, of->form->node,
                 "recovery.time wants of (a metric), after (when the disturbance ends) and level");
        return;
    }
    check_metric(of, "of", of->form->of);
    if (s && (!s->run.windows.every || !told_in_windows(s, of->form->of)))
        claim_wrong(of, "of",
                    "is not told in windows of equal length: name it in run.windows.metrics, with "
                    "run.windows.every");
    if (s && !of->form->relative_to.node && !s->changes_n)
        complain(of->r->reader, of->trail, of->form->node,
                 "without a timeline relative_to must say what is normal");
    if (of->form->window.node)
        claim_wrong(of, "window", "does not go with recovery.time");
    if (of->claim->rule != RULE_TOLERANCE)
        claim_wrong(of, build_has(of->form->node, "error") ? "error" : "tolerance",
                    "of recovery.time is a number");
}

void claim_recovery(const struct claim_reading *of)
{
    const struct claim_keys *form = of->form;
    struct claim *claim = of->claim;

    if (!claim->metric || strcmp(claim->metric, "recovery.time") != 0) {
        const char *key = form->of                  ? "of"
                          : form->after != LB_NEVER ? "after"
                          : form->relative_to.node  ? "relative_to"
                          : !isnan(form->level)     ? "level"
                                                    : NULL;

        if (key)
            claim_wrong(of, key, "goes with \"metric\": \"recovery.time\"");
        return;
    }
    check_recovery(of);
    claim->recovery.of = form->of;
    claim->recovery.after = form->after;
    claim->recovery.level = form->level;
    if (of->r->scenario) {
        claim->recovery.first = of->r->scenario->run.windows.from;
        claim->recovery.every = of->r->scenario->run.windows.every;
    }
    claim->recovery.given =
        claim_window(of, "relative_to", &form->relative_to, &claim->recovery.before);
}
