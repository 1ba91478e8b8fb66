/* The member names of all objects that are open at one time, to find duplicates [ENV-02].
 *
 * A hash with chains whose newest entry comes first. An object's names are always the newest, so
 * a search ends at the first older entry, and closing an object pops its names: one table serves
 * every depth and is cleared once a message. A table per object was rejected (16 of them do not
 * fit a small stack), and so was comparing each with each (quadratic in what a peer sends).
 */
#ifndef ESS_CODEC_NAMES_H
#define ESS_CODEC_NAMES_H

#include "ess/base.h"
#include "ess/json.h"
#include "ess/limits.h"

enum { ESS_NAMES_BUCKETS = 256 };

typedef struct ess_names {
    ess_slice text;                    /* the whole payload, at most ESS_MESSAGE_MAX */
    uint16_t head[ESS_NAMES_BUCKETS];  /* 1 + newest entry of the bucket, 0 none */
    uint16_t next[ESS_MEMBERS_MAX];    /* 1 + next older entry, 0 none */
    uint32_t entry[ESS_MEMBERS_MAX];   /* hash | escaped | offset in text; see names.c */
    uint16_t mark[ESS_JSON_DEPTH_MAX]; /* first entry of each open object */
    uint16_t count;
    uint16_t unlisted; /* names that are counted only */
    uint8_t depth;
    bool in_use; /* head has been cleared */
} ess_names;

/* text must stay unchanged while names is used. */
void ess_names_init(ess_names *names, ess_slice text);
/* An object begins; at most ESS_JSON_DEPTH_MAX may be open (the reader sees to it). */
void ess_names_open(ess_names *names);
/* A KEY token of text. Returns ESS_E_EXISTS if the innermost object has that name already (escapes
 * resolved), ESS_E_TOO_LARGE for an over-long name or too many members. */
ess_err ess_names_add(ess_names *names, const ess_json_token *key);
/* A name that the caller compares with the others by itself. ESS_E_TOO_LARGE: too many members. */
ess_err ess_names_count(ess_names *names);
/* The innermost object ends. */
void ess_names_close(ess_names *names);

#endif
