/* Versions of the protocol: which majors one end serves, and what two ends of one connection may
 * say to each other [VER-01..].
 *
 * The major stands in each topic and names the form of everything behind it. Within a major, a
 * minor only adds; both ends announce theirs in STATE, and the lesser of the two is in force. What
 * came later than the first minor is a feature: a row of one table, asked for before it is used.
 * Rejected: asking the other end for a minor at each use; a sender would then compare numbers in
 * many places, and nobody could say what a minor is.
 */
#ifndef ESS_PEER_H
#define ESS_PEER_H

#include "ess/words.h"

ESS_BEGIN_C

#define ESS_MAJOR      1 /* of what this library writes */
#define ESS_MINOR      1 /* its newest minor */
#define ESS_MAJORS_MAX 4

/* Majors that one end serves at once, each on topics of its own. */
typedef struct ess_majors {
    uint16_t at[ESS_MAJORS_MAX];
    uint8_t count;
} ess_majors;

/* True when the major is one of them. */
bool ess_majors_have(const ess_majors *majors, uint16_t major);

/* [VER-09] Looks at a topic's first level alone, before anything else of the message is read: the
 * rest may have another form. ESS_E_TOPIC, *fault by TOP-11: it names a major that is not served.
 * One that names none is left to ess_topic_parse. */
ess_err ess_majors_check(const ess_majors *majors, ess_slice topic, ess_fault *fault);

/* What not every end of this major can read. */
typedef enum ess_feature {
    ESS_FEATURE_GZIP,      /* payloads packed with gzip */
    ESS_FEATURE_ZSTD,      /* payloads packed with zstd and the model's dictionary */
    ESS_FEATURE_COLS,      /* batches in columns */
    ESS_FEATURE_REFUSED_T, /* a refusal names the message by its t [DLV-60] */
    ESS_FEATURE_COUNT
} ess_feature;

/* "gzip", ... as it is announced. feature: below ESS_FEATURE_COUNT, here and below. Static. */
const char *ess_feature_name(ess_feature feature);

/* The minor that brought it. */
uint16_t ess_feature_since(ess_feature feature);

/* The other end as it has announced itself. */
typedef struct ess_peer {
    uint16_t own_minor; /* what we announce */
    uint16_t minor;     /* what it announced; 0: nothing */
    uint32_t announced; /* bit per feature */
} ess_peer;

/* own_minor: 0 to ESS_MINOR_MAX; below ESS_MINOR it makes an older end of this one. */
void ess_peer_init(ess_peer *peer, uint16_t own_minor);
/* [VER-05] Its birth replaces whatever was known; its death leaves nothing. */
void ess_peer_hear(ess_peer *peer, const ess_presence_word *word);
/* The connection is gone: nothing is known. */
void ess_peer_forget(ess_peer *peer);
/* [VER-03] The minor in force. */
uint16_t ess_peer_minor(const ess_peer *peer);
/* [VER-04, VER-06] True when the feature may be used toward it. */
bool ess_peer_may(const ess_peer *peer, ess_feature feature);

ESS_END_C

#endif
