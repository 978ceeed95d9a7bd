/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading claims. */
#ifndef SIM_CLAIM_READ_H
#define SIM_CLAIM_READ_H

#include "sim/scenario/claim.h"
#include "sim/scenario/claim_keys.h"

struct claim_reader {
    struct reader *reader;
    const struct scenario_request *request;
    struct study *study;
    const struct scenario *scenario; /* of the study's first cell */
    bool changed;                    /* by options: what is not there may only be left out */
};

/* Reads the value of `expect` into study->claims, once cells, axes and contenders are known. False:
 * out of memory; what is wrong has been said. */
bool claims_read(struct reader *, const struct scenario_request *, const cJSON *expect,
                 struct study *);

/* The object of `at`: coordinates of the study, or as written if claim->left_out. False: something
 * was said. */
bool claim_point(struct claim_reader *, const struct trail *, const cJSON *, struct claim *,
                 const struct coordinate **at, uint32_t *n);
/* The axis of that path, or NULL after saying so. */
const struct axis *claim_axis(struct claim_reader *, const struct trail *, const cJSON *,
                              const char *path, struct claim *);
/* The label of a policy, as the study has it, or as written if claim->left_out. */
void claim_policy(struct claim_reader *, const struct trail *, const cJSON *, const char *text,
                  struct claim *, const char **label);
/* "expected WHAT, found a list of 3". */
void claim_list_expected(struct claim_reader *, const struct trail *, const cJSON *,
                         const char *what);
/* The list of operands, at least two and at most `most`. */
void claim_operands(struct claim_reader *, const struct trail *, const cJSON *, uint32_t most,
                    struct claim *);

/* A claim that is being read. */
struct claim_reading {
    struct claim_reader *r;
    const struct trail *trail; /* of the claim: expect[3] */
    const struct claim_keys *form;
    struct claim *claim;
    uint32_t which; /* of the forms */
};
#define CLAIM_KEY(of, name)                                                                        \
    {                                                                                              \
        (of)->trail, name, -1                                                                      \
    }

/* An error at a key of the claim. */
void claim_wrong(const struct claim_reading *, const char *key, const char *what);
void claim_metric(const struct claim_reading *);  /* metric, by, monotone, and their unit */
void claim_numbers(const struct claim_reading *); /* value, tolerance, error, min, max */
void claim_recovery(const struct claim_reading *);
/* False: there is none, or it was wrong. */
bool claim_window(const struct claim_reading *, const char *key, const struct window_form *,
                  struct window *out);

#endif
