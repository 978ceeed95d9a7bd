/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lbsim-flips STORE STEP: flips every STEP-th byte of a copy of a store, one at a time, and reads
 * it. Whatever is read without complaint must be as it was written, and what is not read must be
 * told of. Each reading is a process of its own, so that one that crashes or hangs is named. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/record/results.h"
#include "tests/store/digest.h"

enum { ROOM = 1024, PATIENCE_S = 60 };

enum verdict { SILENT, TOLD, WRONG };

/* What one reading found. */
struct reading {
    struct digests all;     /* trials of the store, and rows beside them */
    struct digests costs;   /* of trials */
    struct digests newest;  /* trials of the newest run with their names */
    struct digests numbers; /* of results_open */
    uint32_t told;          /* complaints */
    uint32_t nameless;      /* of these: without the file's name */
    uint32_t sound, lost;   /* trials of the store: read, and named as damaged */
    uint32_t others;        /* complaints of the store that name no trial */
    bool opened, complete;
    const char *path;
};

static void complain(struct reading *r, const char *sentence)
{
    r->told++;
    r->nameless += strstr(sentence, r->path) == NULL;
}

/* ---- Through the store. */

static int take_trial(void *context, const struct store_trial *t, const char *damage)
{
    struct reading *r = context;

    if (damage) {
        complain(r, damage);
        *(t ? &r->lost : &r->others) += 1;
        return 0;
    }
    r->sound++;
    digests_add(&r->all, digest_of_trial(t));
    if (t->cpu_s == t->cpu_s || t->wall_s == t->wall_s)
        digests_add(&r->costs, digest_of_cost(t));
    return 0;
}

static int take_newest(void *context, const struct store_trial *t, const char *damage)
{
    struct reading *r = context;

    if (damage)
        complain(r, damage);
    else
        digests_add(&r->newest, digest_of_trial(t));
    return 0;
}

struct row_taker {
    struct reading *reading;
    enum store_table table;
};

static int take_row(void *context, const void *row)
{
    const struct row_taker *taker = context;

    digests_add(&taker->reading->all, digest_of_row(taker->table, row));
    return 0;
}

static void read_store(struct reading *r)
{
    char why[ROOM];
    struct store *store;
    int table;

    if (store_open(r->path, STORE_READ, &store, why, sizeof why)) {
        complain(r, why);
        return;
    }
    r->opened = true;
    if (store_each(store, STORE_ALL, take_trial, r))
        complain(r, store_why(store));
    if (store_each(store, STORE_LAST_RUN, take_newest, r))
        complain(r, store_why(store));
    for (table = STORE_RUN_ROW; table <= STORE_WARNINGS; table++) {
        struct row_taker taker = { r, (enum store_table)table };

        if (store_each_row(store, (enum store_table)table, take_row, &taker))
            complain(r, store_why(store));
    }
    store_close(store);
}

/* ---- Through what compare and export stand on. */

static void read_results(struct reading *r)
{
    struct results *results = NULL;
    char why[ROOM];
    uint32_t i;

    if (results_open(r->path, &results, why, sizeof why)) {
        complain(r, why);
        return;
    }
    r->complete = results->complete;
    for (i = 0; i < results->damage_n; i++)
        complain(r, results->damage[i]);
    for (i = 0; i < results->contenders_n; i++)
        digest_numbers(&r->numbers, results, i);
    results_close(results);
}

static struct reading read_both(const char *path)
{
    struct reading r = { .path = path };

    read_store(&r);
    if (r.opened)
        read_results(&r);
    digests_sort(&r.all);
    digests_sort(&r.costs);
    digests_sort(&r.newest);
    digests_sort(&r.numbers);
    return r;
}

static void end_reading(struct reading *r)
{
    free(r->all.at);
    free(r->costs.at);
    free(r->newest.at);
    free(r->numbers.at);
}

/* ---- Judging. */

static enum verdict wrong(const char *what)
{
    printf("  %s\n", what);
    fflush(stdout);
    return WRONG;
}

static enum verdict judge(const struct reading *was, const struct reading *is)
{
    if (is->nameless)
        return wrong("a complaint does not name the file");
    if (!digests_within(&is->all, &was->all))
        return wrong("a trial or a row is told as sound and is not");
    if (!digests_within(&is->costs, &was->costs))
        return wrong("a cost is told as sound and is not");
    if (!digests_within(&is->newest, &was->newest))
        return wrong("a trial of the newest run is told as sound and is not");
    if (!digests_within(&is->numbers, &was->numbers))
        return wrong("a number of the results is told as sound and is not");
    if (is->opened && is->sound + is->lost < was->sound && !is->others)
        return wrong("a trial is lost and not named");
    if (is->told)
        return TOLD;
    if (is->costs.n != was->costs.n)
        return wrong("a cost is missing, and nothing is said");
    if (is->all.n != was->all.n)
        return wrong("a trial or a row is missing, and nothing is said");
    if (is->newest.n != was->newest.n)
        return wrong("a trial of the newest run is missing, and nothing is said");
    if (is->numbers.n != was->numbers.n || is->complete != was->complete)
        return wrong("numbers of the results are missing, and nothing is said");
    return SILENT;
}

static bool flip(const char *path, off_t at)
{
    int file = open(path, O_RDWR | O_CLOEXEC);
    uint8_t byte;
    bool good = file >= 0 && pread(file, &byte, 1, at) == 1;

    byte = (uint8_t)(byte ^ 0x55);
    good = good && pwrite(file, &byte, 1, at) == 1;
    return close(file) == 0 && good;
}

/* In a process of its own. */
static enum verdict read_and_judge(const char *path, const struct reading *was, off_t at)
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        struct reading is, before = *was;
        enum verdict verdict;

        alarm(PATIENCE_S);
        is = read_both(path);
        verdict = judge(was, &is);
        end_reading(&is);
        end_reading(&before);
        exit((int)verdict);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        return wrong("no process");
    if (WIFSIGNALED(status)) {
        printf("  byte %jd: %s\n", (intmax_t)at, strsignal(WTERMSIG(status)));
        return WRONG;
    }
    return WEXITSTATUS(status) < WRONG ? (enum verdict)WEXITSTATUS(status) : WRONG;
}

int main(int n, char **words)
{
    const char *path = n > 2 ? words[1] : "";
    long step = n > 2 ? strtol(words[2], NULL, 10) : 0;
    uint32_t count[WRONG + 1] = { 0 };
    struct reading was;
    struct stat about;
    off_t at;

    if (step < 1 || stat(path, &about)) {
        fprintf(stderr, "lbsim-flips STORE STEP (STORE is written to: give a copy)\n");
        return 2;
    }
    was = read_both(path);
    if (was.told || !was.complete || was.newest.n == 0) {
        printf("FAILED: the store is not sound to begin with\n");
        return 1;
    }
    for (at = 0; at < about.st_size; at += step) {
        enum verdict verdict = WRONG;

        fflush(stdout);
        if (flip(path, at))
            verdict = read_and_judge(path, &was, at);
        if (verdict == WRONG)
            printf("FAILED: byte %jd of %jd\n", (intmax_t)at, (intmax_t)about.st_size);
        count[verdict]++;
        if (!flip(path, at))
            return 1;
    }
    end_reading(&was);
    printf("bytes flipped: %u told, %u without effect, %u wrong\n", count[TOLD], count[SILENT],
           count[WRONG]);
    return count[WRONG] || count[TOLD] == 0;
}
