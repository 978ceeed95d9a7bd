/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading the words of a command line by a table, and printing help from the same table. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/cli/cli.h"
#include "sim/scenario/nearest.h"

void cli_say(const char *format, ...)
{
    va_list list;

    fputs("lbsim: ", stderr);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
}

bool cli_color(FILE *stream, bool forbidden)
{
    const char *no = getenv("NO_COLOR");

    return !forbidden && !(no && *no) && isatty(fileno(stream));
}

void cli_paragraph(FILE *out, const char *heading, const char *text)
{
    const char *at = text;

    if (!text || !*text)
        return;
    fprintf(out, "\n%s\n", heading);
    while (*at) {
        size_t n = strlen(at), room = 94;

        if (n > room) {
            for (n = room; n > 0 && at[n] != ' '; n--)
                ;
            n = n ? n : room;
        }
        fprintf(out, "  %.*s\n", (int)n, at);
        at += n;
        at += strspn(at, " ");
    }
}

static const struct cli_option *by_letter(const struct verb *verb, char letter)
{
    const struct cli_option *o;

    for (o = verb->options; o && o->name; o++)
        if (o->letter == letter)
            return o;
    return NULL;
}

static const struct cli_option *by_name(const struct verb *verb, const char *name, size_t n)
{
    const struct cli_option *o;

    for (o = verb->options; o && o->name; o++)
        if (strlen(o->name) == n && !strncmp(o->name, name, n))
            return o;
    return NULL;
}

static const struct cli_refusal *refusal_of(const struct verb *verb, const char *bare)
{
    const struct cli_refusal *r;

    for (r = verb->refusals; r && r->name; r++)
        if (!strcmp(r->name, bare) || (r->letter && bare[0] == r->letter && !bare[1]))
            return r;
    return NULL;
}

static int unknown(const struct verb *verb, const char *word)
{
    const struct cli_refusal *refusal;
    const struct cli_option *o;
    struct nearest nearest;
    char bare[64];

    word += strspn(word, "-");
    snprintf(bare, sizeof bare, "%.*s", (int)strcspn(word, "="), word);
    refusal = refusal_of(verb, bare);
    if (refusal) {
        cli_say("%s: --%s: %s", verb->name, refusal->name, refusal->why);
        return EXIT_USAGE;
    }
    nearest = nearest_to(bare);
    for (o = verb->options; o && o->name; o++)
        nearest_see(&nearest, o->name);
    if (strlen(bare) > 1 && nearest_found(&nearest))
        cli_say("%s: unknown option --%s; did you mean --%s?", verb->name, bare,
                nearest_found(&nearest));
    else
        cli_say("%s: unknown option %s%s; see lbsim help %s", verb->name,
                strlen(bare) > 1 ? "--" : "-", bare, verb->name);
    return EXIT_USAGE;
}

/* Where reading stands. */
struct cursor {
    const struct verb *verb;
    int n, at;
    char **words;
    cli_take *take;
    void *context;
};

static int take_value(struct cursor *c, const struct cli_option *o, const char *value)
{
    if (!value && c->at + 1 < c->n)
        value = c->words[++c->at];
    if (!value) {
        cli_say("%s: --%s needs a value: --%s %s", c->verb->name, o->name, o->name, o->argument);
        return EXIT_USAGE;
    }
    return c->take(c->context, o, value);
}

static int take_long(struct cursor *c, const char *word)
{
    size_t n = strcspn(word + 2, "=");
    const struct cli_option *o = by_name(c->verb, word + 2, n);

    if (!o)
        return unknown(c->verb, word);
    if (o->argument)
        return take_value(c, o, word[2 + n] ? word + 3 + n : NULL);
    if (word[2 + n]) {
        cli_say("%s: --%s takes no value", c->verb->name, o->name);
        return EXIT_USAGE;
    }
    return c->take(c->context, o, NULL);
}

static int take_letters(struct cursor *c, const char *word)
{
    const char *at;
    int said;

    for (at = word + 1; *at; at++) {
        const struct cli_option *o = by_letter(c->verb, *at);

        if (!o)
            return unknown(c->verb, (const char[]) { '-', *at, '\0' });
        if (o->argument)
            return take_value(c, o, at[1] ? at + 1 : NULL);
        said = c->take(c->context, o, NULL);
        if (said)
            return said;
    }
    return 0;
}

int cli_read(const struct verb *verb, int n, char **words, cli_take *take, void *context)
{
    struct cursor c = { verb, n, 1, words, take, context };
    bool plain = false;
    int said = 0;

    for (; c.at < n && !said; c.at++) {
        const char *word = words[c.at];

        if (!plain && (!strcmp(word, "--help") || !strcmp(word, "-h"))) {
            cli_help(verb, stdout);
            return -1;
        }
        if (!plain && !strcmp(word, "--"))
            plain = true;
        else if (!plain && word[0] == '-' && word[1] == '-')
            said = take_long(&c, word);
        else if (!plain && word[0] == '-' && word[1])
            said = take_letters(&c, word);
        else
            said = take(context, NULL, word);
    }
    return said;
}

/* ---- Help. */

/* Text behind a margin, broken at spaces. */
static void help_text(const char *text, FILE *out)
{
    enum { MARGIN = 31, WIDTH = 69 };
    size_t n = strlen(text);

    while (n > WIDTH) {
        size_t line = WIDTH;

        while (line > 0 && text[line] != ' ')
            line--;
        if (line == 0)
            break;
        fprintf(out, "%.*s\n%*s", (int)line, text, MARGIN, "");
        text += line + 1;
        n -= line + 1;
    }
    fprintf(out, "%s\n", text);
}

static void help_option(const struct cli_option *o, FILE *out)
{
    char left[64];

    snprintf(left, sizeof left, "%s%c%s--%s%s%s", o->letter ? "-" : " ",
             o->letter ? o->letter : ' ', o->letter ? ", " : "  ", o->name, o->argument ? " " : "",
             o->argument ? o->argument : "");
    fprintf(out, "  %-28s ", left);
    help_text(o->help, out);
}

static void help_verb(const struct verb *v, FILE *out)
{
    const struct cli_option *o;

    fprintf(out, "lbsim %s%s%s\n%s\n", v->name, v->arguments[0] ? " " : "", v->arguments,
            v->summary);
    if (v->options && v->options->name)
        fputc('\n', out);
    for (o = v->options; o && o->name; o++)
        help_option(o, out);
    if (v->more)
        fprintf(out, "\n%s", v->more);
}

void cli_help(const struct verb *verb, FILE *out)
{
    uint32_t i;

    if (verb) {
        help_verb(verb, out);
        return;
    }
    fputs("lbsim: which load-balancing algorithm, and why?\n\n", out);
    for (i = 0; verbs[i]; i++) {
        char left[160];

        snprintf(left, sizeof left, "%s %s", verbs[i]->name, verbs[i]->arguments);
        fprintf(out, "  lbsim %-28s %s\n", left, verbs[i]->summary);
    }
    fputs("  lbsim help [COMMAND]               this page, or a command's options\n"
          "  lbsim --version\n"
          "\nA first lesson, without any file:\n"
          "  lbsim run --servers 10 --load 0.9 --policy p2c --policy random\n"
          "\nExit status\n"
          "    0  done; of verify: every claim holds; of validate: every policy agreed\n"
          "    1  a claim does not hold or is undecided, simulation disagrees with a live run, a\n"
          "       precision was not reached, or trials have failed (the others are kept)\n"
          "    2  bad usage or bad scenario\n"
          "    3  the machine said no: file, disk, memory, a socket, a port in use\n"
          "    4  validate could not judge: no run was good enough\n"
          "   70  the accounting broke, which is a bug in lbsim\n"
          "  130  interrupted; what was finished is kept, and lbsim run goes on from there\n",
          out);
}
