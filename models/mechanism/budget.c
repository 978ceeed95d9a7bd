/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/mechanism/budget.h"

#include "models/mechanism/slots.h"

/* Tokens are kept in billionths, as whole numbers: ten times .1 is 1. */
#define TOKEN 1e9

/* What a product like .29 x 100 may lack of the whole number that it means. */
#define ROUNDING (1.0 + 1e-12)

static double billionths(double tokens)
{
    return (double)(int64_t)(tokens * TOKEN + 0.5);
}

void budget_open(struct budget *budget, const struct budget_spec *spec)
{
    *budget = (struct budget) { .spec = spec };
    if (spec->kind == BUDGET_TOKENS)
        budget->tokens = billionths(spec->tokens);
}

static void pass(struct budget *budget, lb_time now)
{
    int64_t slot = slot_of(now, budget->spec->window, BUDGET_SLOTS);

    slots_pass(budget->deposit, BUDGET_SLOTS, budget->slot, slot);
    slots_pass(budget->spent, BUDGET_SLOTS, budget->slot, slot);
    budget->slot = slot;
}

void budget_deposit(struct budget *budget, lb_time now)
{
    if (budget->spec->kind != BUDGET_WINDOW)
        return;
    pass(budget, now);
    /* Counted whole and multiplied when asked for, so that nothing adds up but whole numbers. */
    budget->deposit[budget->slot % BUDGET_SLOTS] += 1.0;
}

static bool take_of_window(struct budget *budget, lb_time now)
{
    const struct budget_spec *spec = budget->spec;
    double requests = 0.0, spent = 0.0, reserve = spec->floor * (double)spec->window / 1e9;
    int i;

    pass(budget, now);
    for (i = 0; i < BUDGET_SLOTS; i++) {
        requests += budget->deposit[i];
        spent += budget->spent[i];
    }
    if (spent + 1.0 > (spec->ratio * requests + reserve) * ROUNDING)
        return false;
    budget->spent[budget->slot % BUDGET_SLOTS] += 1.0;
    return true;
}

static bool within_active(const struct budget_spec *spec, uint32_t retries, uint32_t active)
{
    double share = spec->ratio * (double)active * ROUNDING;

    return (double)retries + 1.0 <= (share > spec->floor ? share : spec->floor);
}

bool budget_take(struct budget *budget, uint32_t retries, uint32_t active, lb_time now)
{
    switch (budget->spec->kind) {
    case BUDGET_WINDOW:
        return take_of_window(budget, now);
    case BUDGET_ACTIVE:
        return within_active(budget->spec, retries, active);
    case BUDGET_TOKENS:
        break;
    }
    return 2.0 * budget->tokens > billionths(budget->spec->tokens);
}

void budget_ended(struct budget *budget, bool success)
{
    const struct budget_spec *spec = budget->spec;
    double most;

    if (spec->kind != BUDGET_TOKENS)
        return;
    most = billionths(spec->tokens);
    budget->tokens += success ? billionths(spec->refill) : -TOKEN;
    if (budget->tokens > most)
        budget->tokens = most;
    if (budget->tokens < 0.0)
        budget->tokens = 0.0;
}
