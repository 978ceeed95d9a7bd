/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/option.h"
#include "sim/scenario/sweep.h"

static const double SAME = 1e-9; /* relative: numbers nearer than this are equal */
enum { WORD_ROOM = 200, DEEPEST_WHERE = 64, MOST_COMPARISONS = 1000 };

enum join { COMPARISON, AND, OR };
enum relation { EQUAL, UNEQUAL, LESS, AT_MOST, MORE, AT_LEAST };

struct where {
    enum join join;
    const struct where *left, *right;
    enum relation relation;
    const char *path, *same; /* as written, and with numbers for names; NULL: policy */
    const cJSON *base;       /* the value where nothing sweeps it */
    const char *text;        /* what it is compared with */
    double number;           /* NAN: it is no number */
};

/* ---- Reading. */

struct parse {
    struct reader *reader;
    const struct trail *trail;
    const cJSON *node, *root;
    const struct sweep *sweep;
    const char *at;
    uint32_t depth, comparisons;
    bool said;
};

static struct where *parse_or(struct parse *);

static void *fail(struct parse *parse, const char *what)
{
    if (!parse->said)
        complain(parse->reader, parse->trail, parse->node,
                 "expected %s %s%.40s%s; conditions read like load < 0.9 or servers[app].count "
                 "== 20",
                 what, *parse->at ? "at \"" : "at the end", parse->at, *parse->at ? "\"" : "");
    parse->said = true;
    return NULL;
}

static void blanks(struct parse *parse)
{
    parse->at += strspn(parse->at, " \t\n");
}

static bool take(struct parse *parse, const char *symbol)
{
    const size_t length = strlen(symbol);

    blanks(parse);
    if (strncmp(parse->at, symbol, length) != 0 ||
        (isalpha((unsigned char)*symbol) &&
         (isalnum((unsigned char)parse->at[length]) || parse->at[length] == '_')))
        return false;
    parse->at += length;
    return true;
}

/* Up to a blank, a bracket of conditions or a sign, unless in square brackets or quotes. */
static bool word(struct parse *parse, char room[WORD_ROOM], bool *quoted)
{
    const char *end;
    size_t length;
    int depth = 0;

    blanks(parse);
    *quoted = *parse->at == '"' || *parse->at == '\'';
    if (*quoted) {
        end = strchr(parse->at + 1, *parse->at);
        length = end ? (size_t)(end - parse->at) - 1 : WORD_ROOM;
    } else {
        for (end = parse->at; *end && (depth > 0 || !strchr(" \t\n()<>=!", *end)); end++)
            depth += (*end == '[') - (*end == ']');
        length = (size_t)(end - parse->at);
    }
    if (length >= WORD_ROOM || (!length && !*quoted))
        return false;
    memcpy(room, parse->at + *quoted, length);
    room[length] = '\0';
    parse->at = end + *quoted;
    return true;
}

static bool read_relation(struct parse *parse, enum relation *relation)
{
    static const struct {
        const char *sign;
        enum relation relation;
    } signs[] = { { "==", EQUAL },    { "!=", UNEQUAL }, { "<=", AT_MOST },
                  { ">=", AT_LEAST }, { "<", LESS },     { ">", MORE } };
    size_t i;

    for (i = 0; i < sizeof signs / sizeof *signs; i++)
        if (take(parse, signs[i].sign)) {
            *relation = signs[i].relation;
            return true;
        }
    return false;
}

/* Is this path swept? Or does it stand within something that is, whose value it cannot know? */
static bool is_swept(const struct parse *parse, const struct where *where, const char **around)
{
    uint32_t d, i, k;

    for (d = 0; d < parse->sweep->dimensions_n; d++)
        for (i = 0; i < parse->sweep->dimensions[d].n; i++) {
            const struct sweep_place *place = &parse->sweep->dimensions[d].places[i];

            for (k = 0; k < place->at_n; k++)
                if (!strcmp(place->at[k].path, where->path))
                    return true;
            for (k = 0; k < place->changes_n; k++) {
                const size_t length = strlen(place->changes[k].same);

                if (!strcmp(place->changes[k].same, where->same))
                    return true;
                if (length && !strncmp(where->same, place->changes[k].same, length) &&
                    (where->same[length] == '.' || where->same[length] == '['))
                    *around = place->changes[k].path;
            }
        }
    return false;
}

static bool find_value(struct parse *parse, struct where *where)
{
    char room[PATH_ROOM];
    const char *around = NULL;

    where->base = option_find(parse->reader, parse->root, where->path, room);
    where->same = arena_copy(parse->reader->arena, room, strlen(room));
    if (!where->same)
        return false;
    if (is_swept(parse, where, &around))
        return true;
    if (around)
        complain(parse->reader, parse->trail, parse->node,
                 "%.100s stands within %.100s, which is swept: compare that", where->path, around);
    else if (!where->base)
        complain(parse->reader, parse->trail, parse->node,
                 "neither an axis nor the scenario says what %.100s is", where->path);
    else
        return true;
    parse->said = true;
    return false;
}

static struct where *parse_comparison(struct parse *parse)
{
    struct where *where = reader_get(parse->reader, sizeof *where);
    struct arena *arena = parse->reader->arena;
    char path[WORD_ROOM], value[WORD_ROOM];
    const char *start;
    bool quoted;

    if (parse->comparisons++ == MOST_COMPARISONS)
        return fail(parse, "no more than 1000 comparisons");
    if (!where || !word(parse, path, &quoted))
        return fail(parse, "a path, or \"policy\",");
    if (!read_relation(parse, &where->relation))
        return fail(parse, "==, !=, <, <=, > or >=");
    start = parse->at;
    if (!word(parse, value, &quoted))
        return fail(parse, "a number or a text");
    where->text = arena_copy(arena, value, strlen(value));
    where->number = quoted ? NAN : sweep_number(value);
    if (!where->text)
        return NULL;
    if (isnan(where->number) && where->relation != EQUAL && where->relation != UNEQUAL) {
        parse->at = start + strspn(start, " \t\n");
        return fail(parse, "a number after <, <=, > or >=");
    }
    if (!strcmp(path, "policy"))
        return where;
    where->path = arena_copy(arena, path, strlen(path));
    return where->path && find_value(parse, where) ? where : NULL;
}

static struct where *parse_one(struct parse *parse)
{
    struct where *where;

    if (!take(parse, "("))
        return parse_comparison(parse);
    if (parse->depth++ == DEEPEST_WHERE)
        return fail(parse, "fewer parentheses");
    where = parse_or(parse);
    parse->depth--;
    if (where && !take(parse, ")"))
        return fail(parse, "\")\", \"and\" or \"or\"");
    return where;
}

static struct where *joined(struct parse *parse, enum join join, const struct where *left,
                            const struct where *right)
{
    struct where *where = reader_get(parse->reader, sizeof *where);

    if (!where || !left || !right)
        return NULL;
    *where = (struct where) { .join = join, .left = left, .right = right };
    return where;
}

static struct where *parse_and(struct parse *parse)
{
    struct where *where = parse_one(parse);

    while (where && take(parse, "and"))
        where = joined(parse, AND, where, parse_one(parse));
    return where;
}

static struct where *parse_or(struct parse *parse)
{
    struct where *where = parse_and(parse);

    while (where && take(parse, "or"))
        where = joined(parse, OR, where, parse_and(parse));
    return where;
}

struct where *where_read(struct reader *reader, const struct trail *trail, const cJSON *node,
                         const cJSON *root, const struct sweep *sweep)
{
    struct parse parse = { .reader = reader,
                           .trail = trail,
                           .node = node,
                           .root = root,
                           .sweep = sweep,
                           .at = node->valuestring };
    char room[FOUND_ROOM];
    struct where *where;

    if (!cJSON_IsString(node)) {
        complain(reader, trail, node, "expected a condition in double quotes, found %s",
                 found_text(reader, node, room));
        return NULL;
    }
    where = parse_or(&parse);
    blanks(&parse);
    if (where && *parse.at)
        return fail(&parse, "\"and\" or \"or\"");
    return where;
}

/* ---- Judging. */

struct operand_value {
    const char *text; /* NULL: a number of the tree, or nothing that a text could equal */
    double number;
};

static struct operand_value value_of(const cJSON *node)
{
    struct operand_value value = { NULL, NAN };

    if (cJSON_IsNumber(node))
        value.number = node->valuedouble;
    else if (cJSON_IsString(node))
        value = (struct operand_value) { node->valuestring, sweep_number(node->valuestring) };
    else if (!node || cJSON_IsNull(node) || cJSON_IsBool(node))
        value.text = !node || cJSON_IsNull(node) ? "null" : cJSON_IsTrue(node) ? "true" : "false";
    return value;
}

static bool at_place(const struct where *where, const struct sweep_place *place,
                     struct operand_value *value)
{
    const char *path = where->path;
    const cJSON *node = NULL;
    uint32_t k;

    for (k = 0; k < place->changes_n; k++)
        if (!strcmp(place->changes[k].same, where->same)) {
            path = place->changes[k].path;
            node = place->changes[k].value;
        }
    for (k = 0; k < place->at_n; k++)
        if (!strcmp(place->at[k].path, path)) {
            *value = (struct operand_value) { place->at[k].text, place->at[k].number };
            return true;
        }
    if (node)
        *value = value_of(node);
    return node;
}

static enum answer compare(const struct where *where, struct operand_value value)
{
    const double a = value.number, b = where->number;
    bool equal;

    if (isnan(a) || isnan(b)) {
        equal = value.text && !strcmp(value.text, where->text);
        return (where->relation == EQUAL && equal) || (where->relation == UNEQUAL && !equal)
                   ? ANSWER_YES
                   : ANSWER_NO;
    }
    equal = fabs(a - b) <= SAME * fmax(fabs(a), fabs(b));
    switch (where->relation) {
    case EQUAL:
        return equal ? ANSWER_YES : ANSWER_NO;
    case UNEQUAL:
        return equal ? ANSWER_NO : ANSWER_YES;
    case LESS:
        return a < b && !equal ? ANSWER_YES : ANSWER_NO;
    case AT_MOST:
        return a < b || equal ? ANSWER_YES : ANSWER_NO;
    case MORE:
        return a > b && !equal ? ANSWER_YES : ANSWER_NO;
    default:
        return a > b || equal ? ANSWER_YES : ANSWER_NO;
    }
}

enum answer where_holds(const struct where *where, const struct sweep *sweep, const uint32_t *index,
                        const char *label)
{
    struct operand_value value;
    uint32_t d;

    if (where->join != COMPARISON) {
        const enum answer left = where_holds(where->left, sweep, index, label);
        const enum answer right = where_holds(where->right, sweep, index, label);

        return (where->join == AND) == (left < right) ? left : right;
    }
    if (!where->path)
        return label ? compare(where, (struct operand_value) { label, sweep_number(label) })
                     : ANSWER_MAYBE;
    value = value_of(where->base);
    for (d = 0; d < sweep->dimensions_n; d++)
        if (at_place(where, &sweep->dimensions[d].places[index[d]], &value))
            break;
    return compare(where, value);
}
