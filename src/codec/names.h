/* The member names of all objects that are open at one time, to find duplicates [ENV-02].
 *
 * A hash with chains whose newest entry comes first. An object's names are always the newest, so
 * a search ends at the first older entry, and closing an object pops its names: one table serves
 * every depth, and is empty again behind a well-formed message. A table per object was rejected (16
 * of them do not fit a small room), and so was comparing each with each (quadratic in what a peer
 * sends).
 */
#ifndef ESS_CODEC_NAMES_H
#define ESS_CODEC_NAMES_H

#include "ess/json.h"
#include "ess/scratch.h"

/* text, at most ESS_MESSAGE_MAX, must stay unchanged while names is used. */
void ess_names_begin(ess_scratch *names, ess_slice text);
/* An object begins; at most ESS_JSON_DEPTH_MAX may be open (the reader sees to it). */
void ess_names_open(ess_scratch *names);
/* A KEY token of text. Returns ESS_E_EXISTS if the innermost object has that name already (escapes
 * resolved), ESS_E_TOO_LARGE for an over-long name or too many members, ESS_E_NO_ROOM for more
 * than the room lent. */
ess_err ess_names_add(ess_scratch *names, const ess_json_token *key);
/* A name that the caller compares with the others by itself. Errors as of ess_names_add. */
ess_err ess_names_count(ess_scratch *names);
/* The innermost object ends. */
void ess_names_close(ess_scratch *names);

#endif
