/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A view is put together from a log. Whatever a log says, no policy is shown a view that no host
 * would show: a seat beyond the last, a list of usable ones that is none. */
#include <stdlib.h>
#include <string.h>

#include "sim/live/decision_view.h"

int decision_show(struct decision_shown *s, struct decision_reader *r)
{
    struct decision_token token;
    uint64_t capacity = 0;
    int got;

    while ((got = decision_token(r, &token)) > 0) {
        if (token.ranged || strcmp(token.name, "capacity"))
            return decision_damaged(r, "a balancer has no %.40s", token.name);
        if (decision_read_number(r, token.value, DECISION_SEATS_MOST, &capacity))
            return -1;
    }
    *s = (struct decision_shown) {
        .view = { .size = sizeof s->view, .capacity = (uint32_t)capacity },
        .unchecked = true,
    };
    return got;
}

void decision_shown_close(struct decision_shown *s)
{
    uint32_t i;

    for (i = 0; i < DECISION_ARRAYS; i++)
        free(s->array[i]);
    free(s->report);
    for (i = 0; s->label && i < s->view.capacity; i++)
        free(s->label[i]);
    free(s->label);
}

/* ---- Arrays. */

static int give(const struct decision_shown *s, struct decision_reader *r, void *array,
                size_t width)
{
    void *room;

    memcpy(&room, array, sizeof room);
    if (!room)
        room = calloc((size_t)s->view.capacity + 1, width);
    memcpy(array, &room, sizeof room);
    return room ? 0 : decision_damaged(r, "there is not enough memory for it");
}

static void point(struct decision_shown *s, size_t offset, const void *to)
{
    memcpy((char *)&s->view + offset, &to, sizeof to);
}

static int show_given(struct decision_shown *s, struct decision_reader *r, uint32_t i,
                      const char *word)
{
    const struct decision_array *of = &decision_arrays[i];

    if (!strcmp(word, "absent"))
        point(s, of->offset, NULL);
    else if (i == DECISION_LOAD && !strcmp(word, "own"))
        point(s, of->offset, s->array[DECISION_INFLIGHT]);
    else if (strcmp(word, "given"))
        return decision_damaged(r, "%s is neither given nor absent", of->name);
    else if (give(s, r, &s->array[i], of->width))
        return -1;
    else
        point(s, of->offset, s->array[i]);
    return 0;
}

static uint32_t elements(const struct decision_shown *s, uint32_t i)
{
    return i == DECISION_FULL ? (s->view.capacity + 63) / 64 : s->view.capacity;
}

/* FROM..TO of whole numbers: each one more than the one before. */
static int show_ascending(struct decision_reader *r, const struct decision_token *token, char *dots,
                          char *to)
{
    uint32_t first, last, i;

    *dots = '\0';
    if (decision_read_value(r, token->value, DECISION_U32, &first) ||
        decision_read_value(r, dots + 2, DECISION_U32, &last))
        return -1;
    if (last < first || last - first != token->to - token->from)
        return decision_damaged(r, "%s: a range of seats and one of numbers differ", token->name);
    for (i = token->from; i <= token->to; i++, first++)
        memcpy(to + (size_t)i * sizeof first, &first, sizeof first);
    return 0;
}

static int show_range(struct decision_shown *s, struct decision_reader *r, uint32_t i,
                      const struct decision_token *token)
{
    const struct decision_array *of = &decision_arrays[i];
    char *dots = strstr(token->value, ".."), *array = s->array[i];
    uint64_t value = 0;
    uint32_t k;

    if (!array || token->to >= elements(s, i))
        return decision_damaged(r, "%s has no seat %u", of->name, token->to);
    if (dots && of->type == DECISION_U32)
        return show_ascending(r, token, dots, array);
    if (decision_read_value(r, token->value, of->type, &value))
        return -1;
    for (k = token->from; k <= token->to; k++)
        memcpy(array + k * of->width, &value, of->width);
    return 0;
}

/* ---- A view's records. */

static int show_token(struct decision_shown *s, struct decision_reader *r,
                      const struct decision_token *token)
{
    uint32_t i;

    for (i = 0; i < DECISION_ARRAYS; i++)
        if (!strcmp(token->name, decision_arrays[i].name))
            break;
    if (i == DECISION_ARRAYS || i == DECISION_USABLE || !token->ranged)
        s->unchecked = true;
    if (i < DECISION_ARRAYS)
        return token->ranged ? show_range(s, r, i, token) : show_given(s, r, i, token->value);
    for (i = 0; i < DECISION_SCALARS; i++)
        if (!token->ranged && !strcmp(token->name, decision_scalars[i].name))
            return decision_read_value(r, token->value, DECISION_U32,
                                       (char *)&s->view + decision_scalars[i].offset);
    return decision_damaged(r, "a view has no %.40s", token->name);
}

static int show_report(struct decision_shown *s, struct decision_reader *r)
{
    struct decision_token token;
    struct lb_report report = { .server = 0 };
    uint64_t seat = UINT64_MAX;
    unsigned seen = 0;
    int got;

    if (give(s, r, &s->report, sizeof s->report[0]))
        return -1;
    s->view.report = s->report;
    while ((got = decision_token(r, &token)) > 0) {
        if (!strcmp(token.name, "seat"))
            got = decision_read_number(r, token.value, UINT32_MAX, &seat);
        else if (decision_read_field(r, &token, decision_report, &report, &seen) != 1)
            got = decision_damaged(r, "a report has no %.40s", token.name);
        if (got < 0)
            return -1;
    }
    if (got == 0 && (seat >= s->view.capacity || report.server >= s->view.capacity))
        return decision_damaged(r, "a report of a seat that is not there");
    if (got == 0)
        s->report[seat] = report;
    return got;
}

static int show_label(struct decision_shown *s, struct decision_reader *r)
{
    struct decision_token token;
    uint64_t seat = UINT64_MAX;
    char *text = NULL;
    int got;

    if (give(s, r, &s->label, sizeof s->label[0]))
        return -1;
    s->view.label = (const char *const *)(const void *)s->label;
    while ((got = decision_token(r, &token)) > 0) {
        if (!strcmp(token.name, "text"))
            text = token.value;
        else if (strcmp(token.name, "seat"))
            return decision_damaged(r, "a label has no %.40s", token.name);
        else if (decision_read_number(r, token.value, UINT32_MAX, &seat))
            return -1;
    }
    if (got || !text || seat >= s->view.capacity)
        return decision_damaged(r, "a label of no seat, or no text");
    decision_read_text(text);
    free(s->label[seat]);
    s->label[seat] = strdup(text);
    return s->label[seat] ? 0 : decision_damaged(r, "there is not enough memory for it");
}

int decision_show_more(struct decision_shown *s, struct decision_reader *r)
{
    struct decision_token token;
    int got;

    if (r->verb != DECISION_VIEW)
        s->unchecked = true;
    if (r->verb == DECISION_BOARD)
        return show_report(s, r);
    if (r->verb == DECISION_LABEL)
        return show_label(s, r);
    while ((got = decision_token(r, &token)) > 0)
        if (show_token(s, r, &token))
            return -1;
    return got;
}

/* ---- What a policy may rely on. */

static bool has_arrays(const struct lb_view *v, uint32_t sees)
{
    return v->usable && v->inflight && v->weight && v->slots && v->load &&
           (v->free_at || !(sees & LB_SEES_WORK)) && (v->rate || !(sees & LB_SEES_RATE)) &&
           (v->report || !v->n || !(sees & LB_SEES_REPORTS)) &&
           ((v->name && v->label) || !v->n || !(sees & LB_SEES_KEY));
}

static bool is_list(const struct lb_view *v)
{
    uint32_t i;

    for (i = 0; i < v->usable_n; i++)
        if (v->usable[i] >= v->n || (i && v->usable[i] <= v->usable[i - 1]))
            return false;
    return true;
}

int decision_show_checked(struct decision_shown *s, struct decision_reader *r, uint32_t sees)
{
    const struct lb_view *v = &s->view;
    uint32_t i;

    if (!s->unchecked)
        return 0;
    if (v->n > v->capacity || v->usable_n > v->n)
        return decision_damaged(r, "it has more servers than there may be");
    if (!has_arrays(v, sees))
        return decision_damaged(r, "the policy is not shown all that it needs");
    if (!is_list(v))
        return decision_damaged(r, "its list of usable servers is none");
    for (i = 0; v->label && i < v->n; i++)
        if (!v->label[i])
            return decision_damaged(r, "server %u has no label", i);
    for (i = 0; v->report && i < v->n; i++)
        if (v->report[i].server >= v->n)
            return decision_damaged(r, "a report of a seat that is not there");
    s->unchecked = false;
    return 0;
}
