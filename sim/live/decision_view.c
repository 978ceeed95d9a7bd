/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/live/decision_view.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64 }; /* elements that are compared at once */

#define SCALAR(field)                                                                              \
    {                                                                                              \
#field, offsetof(struct lb_view, field)                                                    \
    }
#define ARRAY(field, type, width)                                                                  \
    {                                                                                              \
#field, offsetof(struct lb_view, field), type, width                                       \
    }

const struct decision_scalar decision_scalars[DECISION_SCALARS] = {
    SCALAR(n), SCALAR(usable_n), SCALAR(version), SCALAR(balancer), SCALAR(balancers), SCALAR(zone),
};

const struct decision_array decision_arrays[DECISION_ARRAYS] = {
    ARRAY(usable, DECISION_U32, 4),   ARRAY(inflight, DECISION_U32, 4),
    ARRAY(load, DECISION_U32, 4),     ARRAY(weight, DECISION_U32, 4),
    ARRAY(slots, DECISION_U32, 4),    ARRAY(zones, DECISION_U32, 4),
    ARRAY(name, DECISION_U64, 8),     ARRAY(full, DECISION_U64, 8),
    ARRAY(ramp, DECISION_FLOAT, 4),   ARRAY(rate, DECISION_FLOAT, 4),
    ARRAY(free_at, DECISION_TIME, 8),
};

/* The record under way, which is begun when there is something to write, and cut if it is long. */
struct account {
    struct decision_writer *out;
    uint32_t balancer;
    bool begun;
};

static void account_more(struct account *a)
{
    if (a->begun && decision_is_long(a->out)) {
        decision_end(a->out);
        a->begun = false;
    }
    if (!a->begun)
        decision_begin(a->out, DECISION_VIEW, a->balancer);
    a->begun = true;
}

static void account_end(struct account *a)
{
    if (a->begun)
        decision_end(a->out);
    a->begun = false;
}

/* ---- Arrays. */

static bool take(struct decision_seen *s, void *array, size_t width, struct decision_writer *out)
{
    void *copy;

    memcpy(&copy, array, sizeof copy);
    if (copy)
        return true;
    copy = calloc((size_t)s->capacity + 1, width);
    memcpy(array, &copy, sizeof copy);
    out->failed |= !copy;
    return copy != NULL;
}

static bool are_same(const char *a, const char *b, size_t width)
{
    return width == 4 ? !memcmp(a, b, 4) : !memcmp(a, b, 8);
}

/* Elements that have changed, all to one value; or each to one more than the one before. */
static uint32_t run_of(const char *now, const char *before, uint32_t i, uint32_t n,
                       const struct decision_array *of, bool *ascending)
{
    size_t width = of->width;
    uint32_t to = i + 1, first, next;

    while (to < n && !are_same(now + to * width, before + to * width, width) &&
           are_same(now + to * width, now + i * width, width))
        to++;
    *ascending = false;
    memcpy(&first, now + i * width, sizeof first);
    while (of->type == DECISION_U32 && (to == i + 1 || *ascending) && to < n &&
           !are_same(now + to * width, before + to * width, width)) {
        memcpy(&next, now + to * width, sizeof next);
        if (next - first != to - i)
            break;
        *ascending = true;
        to++;
    }
    return to;
}

static void write_array(struct account *a, const struct decision_array *of, const char *now,
                        char *before, uint32_t n)
{
    uint32_t i = 0, to;
    bool ascending;

    while (i < n) {
        size_t at = i * of->width;

        if (i + BLOCK <= n && !memcmp(now + at, before + at, BLOCK * of->width)) {
            i += BLOCK;
        } else if (are_same(now + at, before + at, of->width)) {
            i++;
        } else {
            to = run_of(now, before, i, n, of, &ascending);
            account_more(a);
            decision_put_range(a->out, of->name, i, to - 1);
            decision_put_value(a->out, of->type, now + at);
            if (ascending) {
                decision_put_word(a->out, "..", 2);
                decision_put_value(a->out, of->type, now + (to - 1) * of->width);
            }
            memcpy(before + at, now + at, (to - i) * of->width);
            i = to;
        }
    }
}

static void give(struct account *a, enum decision_given *known, enum decision_given given,
                 const char *name)
{
    static const char *const words[] = { "absent", "given", "own" };

    if (*known == given)
        return;
    account_more(a);
    decision_put_text(a->out, name, words[given]);
    *known = given;
}

static void see_array(struct decision_seen *s, const struct lb_view *view, uint32_t i,
                      struct account *a)
{
    const struct decision_array *of = &decision_arrays[i];
    uint32_t n = i == DECISION_USABLE ? view->usable_n
                 : i == DECISION_FULL ? (view->n + 63) / 64
                                      : view->n;
    enum decision_given given;
    const char *now;

    memcpy(&now, (const char *)view + of->offset, sizeof now);
    given = !now                                                 ? DECISION_ABSENT
            : i == DECISION_LOAD && view->load == view->inflight ? DECISION_OWN
                                                                 : DECISION_GIVEN;
    give(a, &s->given[i], given, of->name);
    if (given != DECISION_GIVEN || !take(s, &s->array[i], of->width, a->out))
        return;
    if (memcmp(now, s->array[i], n * of->width))
        write_array(a, of, now, s->array[i], n);
}

/* ---- Reports and labels: a record each. */

static void see_reports(struct decision_seen *s, const struct lb_view *view, struct account *a)
{
    uint32_t i;

    if (!view->report || !take(s, &s->report, sizeof s->report[0], a->out))
        return;
    for (i = 0; i < view->n; i++) {
        if (!memcmp(&view->report[i], &s->report[i], sizeof s->report[i]))
            continue;
        s->report[i] = view->report[i];
        decision_begin(a->out, DECISION_BOARD, a->balancer);
        decision_put_number(a->out, "seat", i);
        decision_put_fields(a->out, decision_report, &s->report[i], 0, 0);
        decision_end(a->out);
    }
}

static void see_labels(struct decision_seen *s, const struct lb_view *view, struct account *a)
{
    uint32_t i;

    if (!view->label || !take(s, &s->label, sizeof s->label[0], a->out) ||
        !memcmp(view->label, s->label, view->n * sizeof s->label[0]))
        return;
    for (i = 0; i < view->n; i++) {
        if (view->label[i] == s->label[i])
            continue;
        s->label[i] = view->label[i];
        decision_begin(a->out, DECISION_LABEL, a->balancer);
        decision_put_number(a->out, "seat", i);
        decision_put_text(a->out, "text", view->label[i]);
        decision_end(a->out);
    }
}

/* ---- The whole. */

void decision_see(struct decision_seen *s, const struct lb_view *view, struct decision_writer *out,
                  uint32_t balancer)
{
    struct account a = { out, balancer, false };
    uint32_t i, now;

    for (i = 0; i < DECISION_SCALARS; i++) {
        memcpy(&now, (const char *)view + decision_scalars[i].offset, sizeof now);
        if (now == s->scalar[i])
            continue;
        account_more(&a);
        decision_put_number(out, decision_scalars[i].name, now);
        s->scalar[i] = now;
    }
    for (i = 0; i < DECISION_ARRAYS; i++)
        see_array(s, view, i, &a);
    account_end(&a);
    see_reports(s, view, &a);
    see_labels(s, view, &a);
}

void decision_seen_close(struct decision_seen *s)
{
    uint32_t i;

    for (i = 0; i < DECISION_ARRAYS; i++)
        free(s->array[i]);
    free(s->report);
    free(s->label);
}
