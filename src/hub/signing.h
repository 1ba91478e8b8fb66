/* The hub's keys for commands [SIG-18, SIG-21, SIG-24]. What goes out is signed when it is sent,
 * not when it is stored: each repeat has its own t, so that a device can tell the rest of its life,
 * and a key that was changed meanwhile counts at once (rejected: the signature in the database,
 * which would bind t to the first try).
 */
#ifndef ESS_HUB_SIGNING_H
#define ESS_HUB_SIGNING_H

#include "store/sign.h"

#define HUB_SIGNERS_MAX 2 /* the new key and, for a time, the old one */
#define HUB_KIDS_ROOM   (HUB_SIGNERS_MAX * (ESS_KID_LEN + 3) + 2)

typedef struct hub_signing {
    store_signer key[HUB_SIGNERS_MAX]; /* newest first */
    size_t keys;                       /* 0: commands go out unsigned */
    char *work;                        /* ESS_SIGNED_MAX bytes */
} hub_signing;

typedef struct hub_signing_options {
    const char *data_dir; /* where command.key lies when key is "" */
    const char *key;      /* file of the key; "": command.key, made if it is missing */
    const char *old_key;  /* "": none */
} hub_signing_options;

/* On failure *out is untouched and why (HUB_WHY_MAX bytes) names the file. ESS_E_NOT_FOUND,
 * ESS_E_PERMISSION, ESS_E_CORRUPT, ESS_E_EXISTS (one key twice), ESS_E_IO, ESS_E_STORAGE_FULL,
 * ESS_E_NO_ROOM, ESS_E_TOO_LARGE. */
ess_err hub_signing_open(const hub_signing_options *options, hub_signing *out, char *why);
/* Overwrites the keys in memory. */
void hub_signing_close(hub_signing *signing);

/* The newest key that is in a device's list (raw JSON array, empty: not said); the newest of all
 * where none is. NULL: there is none. */
const store_signer *hub_signing_for(const hub_signing *signing, ess_slice kids);
/* ["kid",...]; returns its length, 0: no keys. */
size_t hub_signing_print_kids(const hub_signing *signing, char room[static HUB_KIDS_ROOM]);

#endif
