/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/scenario/claim.h"

struct words {
    char *room;
    size_t at;
};

static void say(struct words *, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct words *w, const char *format, ...)
{
    va_list arguments;
    int n;

    va_start(arguments, format);
    n = vsnprintf(w->room + w->at, CLAIM_WORDS - w->at, format, arguments);
    va_end(arguments);
    if (n > 0)
        w->at = w->at + (size_t)n < CLAIM_WORDS ? w->at + (size_t)n : CLAIM_WORDS - 1;
}

const char *claim_kind_name(enum claim_kind kind)
{
    static const char *const names[] = {
        [KIND_NONE] = "",
        [KIND_EXACT] = "exact",
        [KIND_NUMERIC] = "numeric",
        [KIND_LIMIT] = "limit",
        [KIND_APPROX] = "approx",
        [KIND_SIMULATION] = "simulation",
        [KIND_PUBLISHED] = "published",
        [KIND_MEMORY] = "memory",
        [KIND_FROZEN] = "frozen",
    };

    return names[kind];
}

static void say_number(struct words *w, double value, const char *unit)
{
    const double size = fabs(value);
    const bool time = unit && !strcmp(unit, "s");

    if (time && size > 0 && size < 1e-3)
        say(w, "%.9gus", value * 1e6);
    else if (time && size > 0 && size < 1)
        say(w, "%.9gms", value * 1e3);
    else
        say(w, "%.9g%s", value, time ? "s" : "");
}

static void say_places(struct words *w, const struct coordinate *at, uint32_t n, const char *before)
{
    uint32_t i;

    for (i = 0; i < n; i++)
        say(w, "%s%s=%s", i ? "," : before, at[i].path, at[i].text);
}

static void say_operands(struct words *w, const struct claim *claim, const char *between)
{
    uint32_t i;

    for (i = 0; i < claim->operands; i++) {
        const struct operand *operand = &claim->operand[i];

        say(w, "%s%s", i ? between : "", operand->policy ? operand->policy : "");
        say_places(w, operand->at, operand->at_n, operand->policy ? " at " : "");
    }
}

static void say_rule(struct words *w, const struct claim *claim)
{
    if (!isnan(claim->value)) {
        say(w, " = ");
        say_number(w, claim->value, claim->unit);
        if (claim->rule == RULE_CI)
            say(w, " (ci)");
        else if (claim->rule == RULE_TOLERANCE)
            say(w, " within %.6g %%", 100 * claim->tolerance);
        else {
            say(w, " +-");
            say_number(w, claim->error, claim->unit);
        }
    }
    if (!isnan(claim->least)) {
        say(w, " >= ");
        say_number(w, claim->least, claim->unit);
    }
    if (!isnan(claim->most)) {
        say(w, "%s <= ", isnan(claim->least) ? "" : " and");
        say_number(w, claim->most, claim->unit);
    }
}

static void say_recovery(struct words *w, const struct claim *claim)
{
    if (!claim->recovery.of)
        return;
    say(w, " of %s after ", claim->recovery.of);
    say_number(w, (double)claim->recovery.after / 1e9, "s");
    say(w, " to %.6g times normal", claim->recovery.level);
}

static void say_form(struct words *w, const struct claim *claim)
{
    switch (claim->form) {
    case CLAIM_VALUE:
        say(w, "%s", claim->metric);
        say_recovery(w, claim);
        break;
    case CLAIM_ORDER:
        say_operands(w, claim, ", ");
        say(w, " in this order by %s", claim->metric);
        break;
    case CLAIM_RATIO:
    case CLAIM_DIFFERENCE:
        say(w, "%s: ", claim->metric);
        say_operands(w, claim, claim->form == CLAIM_RATIO ? " / " : " - ");
        break;
    case CLAIM_MONOTONE:
        say(w, "%s %s along %s", claim->metric,
            claim->direction == DIRECTION_INCREASING ? "increases" : "decreases", claim->along);
        break;
    case CLAIM_CROSSING:
        say_operands(w, claim, " and ");
        say(w, " cross by %s along %s between %.9g and %.9g", claim->metric, claim->along,
            claim->low, claim->high);
        break;
    case CLAIM_WARNING:
        say(w, "%swarning %s", claim->absent ? "no " : "", claim->warning);
        break;
    }
}

const char *claim_words(const struct claim *claim, char room[CLAIM_WORDS])
{
    struct words w = { room, 0 };

    room[0] = '\0';
    say_form(&w, claim);
    if (claim->policy)
        say(&w, " of %s", claim->policy);
    say_places(&w, claim->at, claim->at_n, " at ");
    if (claim->windowed)
        say(&w, " from %.9gs to %.9gs", (double)claim->from / 1e9, (double)claim->to / 1e9);
    say_rule(&w, claim);
    return room;
}
