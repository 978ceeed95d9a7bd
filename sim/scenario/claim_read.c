/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/claim_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/build.h"
#include "sim/scenario/draft.h"
#include "sim/scenario/value.h"

/* Each form is told by its head, and has keys of its own beside those of all. */
static const struct {
    const char *head;
    enum claim_form form;
    const char *needs; /* a key it cannot do without, or NULL */
    const char *keys;  /* between spaces */
} forms[] = {
    { "metric", CLAIM_VALUE, NULL,
      " metric window policy value tolerance error min max of after level relative_to " },
    { "order", CLAIM_ORDER, "by", " order by window policy " },
    { "ratio", CLAIM_RATIO, "by", " ratio by window policy value tolerance error min max " },
    { "difference", CLAIM_DIFFERENCE, "by",
      " difference by window policy value tolerance error min max " },
    { "monotone", CLAIM_MONOTONE, "along", " monotone along direction window policy " },
    { "crossing", CLAIM_CROSSING, "along", " crossing by along between window policy " },
    { "warning", CLAIM_WARNING, NULL, " warning absent policy " },
};
enum { FORMS = sizeof forms / sizeof forms[0] };
static const char common[] = " at kind severity source description ";

/* ---- Which form it is, and whether its keys go together. */

static bool find_form(struct claim_reading *of)
{
    const char *found = NULL;
    uint32_t i;

    for (i = 0; i < FORMS; i++) {
        if (!build_has(of->form->node, forms[i].head))
            continue;
        if (found) {
            complain(of->r->reader, of->trail, of->form->node,
                     "%s and %s exclude each other: write two claims", found, forms[i].head);
            return false;
        }
        found = forms[i].head;
        of->which = i;
        of->claim->form = forms[i].form;
    }
    if (!found)
        complain(of->r->reader, of->trail, of->form->node,
                 "it claims nothing: one of metric, order, ratio, difference, monotone, crossing "
                 "and warning is missing");
    return found;
}

static bool among(const char *keys, const char *key)
{
    char word[80];

    snprintf(word, sizeof word, " %.60s ", key);
    return strstr(keys, word);
}

static bool check_keys(const struct claim_reading *of)
{
    const char *needs = forms[of->which].needs;
    const struct rows rows = rows_of_fields(shape_claim.fields);
    const cJSON *child;
    struct field known;
    bool good = true;

    for (child = of->form->node->child; child; child = child->next) {
        const struct trail here = CLAIM_KEY(of, child->string);

        if (among(common, child->string) || among(forms[of->which].keys, child->string))
            continue;
        if (rows_find(&rows, child->string, &known)) /* else that is said */
            complain_key(of->r->reader, &here, child, "does not go with %s", forms[of->which].head);
        good = false;
    }
    if (needs && !build_has(of->form->node, needs)) {
        complain(of->r->reader, of->trail, of->form->node, "%s is missing beside %s", needs,
                 forms[of->which].head);
        good = false;
    }
    return good;
}

/* ---- Whom it is about. */

static bool read_between(const struct claim_reading *of)
{
    const struct trail here = CLAIM_KEY(of, "between");
    const cJSON *node = of->form->between, *low = node ? node->child : NULL;
    const struct field plain = { .unit = UNIT_NONE }, time = { .unit = UNIT_TIME };
    struct claim *claim = of->claim;

    if (!node) {
        complain(of->r->reader, of->trail, of->form->node, "between is missing beside crossing");
        return false;
    }
    if (!cJSON_IsArray(node) || cJSON_GetArraySize(node) != 2) {
        claim_list_expected(of->r, &here, node, "a list of two, [low, high]");
        return false;
    }
    if (!value_number(of->r->reader, &here, low, cJSON_IsString(low) ? &time : &plain,
                      &claim->low) ||
        !value_number(of->r->reader, &here, low->next, cJSON_IsString(low->next) ? &time : &plain,
                      &claim->high))
        return false;
    if (!(claim->low < claim->high))
        complain(of->r->reader, &here, node, "the first is below the second");
    return claim->low < claim->high;
}

static void leave_out(const struct claim_reading *of, const char *why)
{
    if (!of->claim->left_out)
        of->claim->left_out = why;
}

/* On both sides of the crossing there is something to see. */
static void check_crossing(const struct claim_reading *of, const struct axis *axis)
{
    const struct claim *claim = of->claim;
    bool below = false, above = false;
    uint32_t i;

    for (i = 0; i < axis->n; i++) {
        below |= axis->at[i].number <= claim->low;
        above |= axis->at[i].number >= claim->high;
        if (isnan(axis->at[i].number)) {
            claim_wrong(of, "along", "the axis has places that are no numbers");
            return;
        }
    }
    if ((!below || !above) && of->r->changed)
        leave_out(of, "in this run its axis is all on one side");
    else if (!below || !above)
        claim_wrong(of, "between",
                    below ? "the axis has no value from the second on"
                          : "the axis has no value up to the first");
}

static bool read_direction(const struct claim_reading *of)
{
    if (of->form->direction >= 0)
        of->claim->direction = (enum claim_direction)of->form->direction;
    else if (!build_has(of->form->node, "direction")) /* else that is said */
        complain(of->r->reader, of->trail, of->form->node, "direction is missing beside monotone");
    return of->form->direction >= 0;
}

static void read_along(const struct claim_reading *of)
{
    const struct trail here = CLAIM_KEY(of, "along");
    const cJSON *node = build_value(of->form->node, "along");
    const struct axis *axis;
    bool limits;

    if (!of->form->along)
        return;
    limits = of->claim->form == CLAIM_CROSSING ? read_between(of) : read_direction(of);
    of->claim->along = of->form->along;
    axis = claim_axis(of->r, &here, node, of->form->along, of->claim);
    if (!axis)
        return;
    of->claim->along = axis->path;
    if (axis->n < 2 && of->r->changed)
        leave_out(of, "its axis has but one place in this run");
    else if (axis->n < 2)
        complain(of->r->reader, &here, node, "the axis has but one place");
    else if (limits && of->claim->form == CLAIM_CROSSING)
        check_crossing(of, axis);
}

static void read_operands(const struct claim_reading *of)
{
    const char *head = forms[of->which].head;
    const struct trail here = CLAIM_KEY(of, head);
    const cJSON *node = build_value(of->form->node, head);
    struct claim *claim = of->claim;
    uint32_t i, named = 0;

    if (claim->form == CLAIM_VALUE || claim->form == CLAIM_MONOTONE || claim->form == CLAIM_WARNING)
        return;
    claim_operands(of->r, &here, node, claim->form == CLAIM_ORDER ? 1000 : 2, claim);
    for (i = 0; i < claim->operands; i++)
        named += claim->operand[i].policy != NULL;
    if (named && claim->policy)
        claim_wrong(of, "policy", "the operands say which policies");
    else if (named && named < claim->operands && !claim->left_out &&
             !diagnostics_errors(of->r->reader->said))
        complain(of->r->reader, &here, node, "name a policy in each of them, or in none");
}

/* Does the sweep have a point for each operand, with a policy of that label? */
static bool somewhere(const struct claim_reader *r, const struct claim *claim,
                      const struct operand *operand)
{
    const char *label = operand && operand->policy ? operand->policy : claim->policy;
    uint32_t c, there;

    for (c = 0; c < r->study->cells_n; c++) {
        if (!cell_is_at(&r->study->cells[c], claim->at, claim->at_n))
            continue;
        there = operand ? study_move(r->study, c, operand->at, operand->at_n) : c;
        if (there != UINT32_MAX &&
            (!label || study_contender(r->study, there, label) != UINT32_MAX))
            return true;
    }
    return false;
}

static void check_somewhere(const struct claim_reading *of)
{
    struct claim *claim = of->claim;
    bool good = claim->operands || somewhere(of->r, claim, NULL);
    uint32_t i;

    for (i = 0; i < claim->operands; i++)
        good = good && somewhere(of->r, claim, &claim->operand[i]);
    if (!good && of->r->changed && !claim->left_out)
        claim->left_out = "this run has no such point";
    else if (!good)
        complain(of->r->reader, of->trail, of->form->node, "the sweep has no such point");
}

static void read_whom(const struct claim_reading *of)
{
    const struct claim_keys *form = of->form;
    const struct trail policy = CLAIM_KEY(of, "policy"), at = CLAIM_KEY(of, "at");
    struct claim *claim = of->claim;

    if (form->policy)
        claim_policy(of->r, &policy, build_value(form->node, "policy"), form->policy, claim,
                     &claim->policy);
    if (form->at)
        claim_point(of->r, &at, form->at, claim, &claim->at, &claim->at_n);
    read_operands(of);
    read_along(of);
}

/* ---- Whole claims. */

static void read_claim(struct claim_reader *r, const struct trail *trail,
                       const struct claim_keys *form, struct claim *claim)
{
    struct claim_reading of = { .r = r, .trail = trail, .form = form, .claim = claim };
    struct window window;
    const uint32_t before = diagnostics_errors(r->reader->said);

    claim->place = json_place(r->reader->json, form->node);
    claim->source = form->source;
    claim->kind = (enum claim_kind)(form->kind + 1);
    claim->info = form->severity == 1;
    claim->warning = form->warning;
    claim->absent = form->absent;
    if (!find_form(&of) || !check_keys(&of))
        return;
    claim_metric(&of);
    claim_numbers(&of);
    claim_recovery(&of);
    read_whom(&of);
    claim->windowed = claim_window(&of, "window", &form->window, &window);
    if (claim->windowed) {
        claim->from = window.from;
        claim->to = window.to;
    }
    if (diagnostics_errors(r->reader->said) == before && !claim->left_out)
        check_somewhere(&of);
}

bool claims_read(struct reader *reader, const struct scenario_request *request, const cJSON *expect,
                 struct study *study)
{
    struct claim_reader r = { .reader = reader,
                              .request = request,
                              .study = study,
                              .scenario = study->cells_n ? study->cells[0].scenario : NULL,
                              .changed =
                                  request->only_n || request->settings_n || request->sweeps_n };
    const struct trail all = { NULL, "expect", -1 };
    struct claims_keys *form = reader_get(reader, sizeof *form);
    const struct claim_keys *one;
    struct claim *claims;
    uint32_t i;

    if (!form)
        return false;
    bind_value(reader, &all, expect, &field_expect, form);
    one = form->claims.at;
    claims = reader_get(reader, form->claims.n * sizeof *claims);
    for (i = 0; claims && i < form->claims.n; i++) {
        const struct trail here = { NULL, "expect", form->claims.single ? -1 : (int64_t)i };

        claims[i].number = i;
        if (one[i].node)
            read_claim(&r, &here, &one[i], &claims[i]);
    }
    study->claims = claims;
    study->claims_n = form->claims.n;
    return !reader->no_memory;
}

/* A list of claims, or an object with `expect`. */
static const cJSON *claims_of(struct reader *reader, const cJSON *root)
{
    const cJSON *expect =
        cJSON_IsObject(root) ? cJSON_GetObjectItemCaseSensitive(root, "expect") : root;

    if (expect)
        return expect;
    complain(reader, NULL, root, "expected a list of claims, or an object with \"expect\"");
    return NULL;
}

bool claims_of_text(struct study *study, const char *path, const char *text, size_t length,
                    const struct scenario_request *request, struct diagnostics *said)
{
    struct reader reader = { .arena = study->arena,
                             .said = said,
                             .policies = request->policies,
                             .path = path,
                             .open_file = request->open_file };
    const uint32_t before = diagnostics_errors(said);
    const char *bytes = length <= LARGEST_FILE ? arena_copy(study->arena, text, length) : text;
    struct text *file = reader_get(&reader, sizeof *file);
    const char *name = arena_copy(study->arena, path, strlen(path));
    const cJSON *expect;
    cJSON *root = NULL;

    reader.json = json_open(study->arena, said);
    if (reader.json && bytes && file && name && !text_open(file, study->arena, name, bytes, length))
        root = json_read(reader.json, file);
    else
        reader.no_memory = true;
    expect = root ? claims_of(&reader, root) : NULL;
    if (expect)
        claims_read(&reader, request, expect, study);
    cJSON_Delete(root);
    json_close(reader.json);
    if (reader.no_memory && diagnostics_errors(said) == before)
        diagnose_at(said, SAY_ERROR, NULL, path, (struct place) { 0, 0 }, "out of memory");
    return diagnostics_errors(said) == before;
}

bool claims_load(struct study *study, const char *path, const struct scenario_request *request,
                 struct diagnostics *said)
{
    size_t length = 0;
    char *text = draft_file(path, &length, said);
    const bool good = text && claims_of_text(study, path, text, length, request, said);

    free(text);
    return good;
}
