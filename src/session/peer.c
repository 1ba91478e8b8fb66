/* Versions: one table of features, and the lesser of two numbers. */
#include "ess/peer.h"

typedef struct feature_row {
    const char *name;
    uint16_t since;
    bool by_enc; /* named in enc: an end may lack it whatever its minor [VER-06] */
} feature_row;

static const feature_row features[ESS_FEATURE_COUNT] = {
    [ESS_FEATURE_GZIP] = {"gzip", 1, true},
    [ESS_FEATURE_ZSTD] = {"zstd", 1, true},
    [ESS_FEATURE_COLS] = {"cols", 1, true},
    [ESS_FEATURE_REFUSED_T] = {"refused-t", 1, false},
};

_Static_assert(ESS_FEATURE_COUNT <= 32, "a feature is a bit of uint32_t");

const char *ess_feature_name(ess_feature feature)
{
    return features[feature].name;
}

uint16_t ess_feature_since(ess_feature feature)
{
    return features[feature].since;
}

/* ---- majors */

bool ess_majors_have(const ess_majors *majors, uint16_t major)
{
    for (uint8_t i = 0; i < majors->count; i++) {
        if (majors->at[i] == major)
            return true;
    }
    return false;
}

ess_err ess_majors_check(const ess_majors *majors, ess_slice topic, ess_fault *fault)
{
    uint16_t major = ess_topic_major(topic);
    if (major == 0 || ess_majors_have(majors, major))
        return ESS_OK; /* one that is no major at all is ess_topic_parse's to refuse */
    if (fault != NULL)
        *fault = (ess_fault){ESS_E_TOPIC, 0, "TOP-11", "this major of the protocol is not served"};
    return ESS_E_TOPIC;
}

/* ---- minors */

void ess_peer_init(ess_peer *peer, uint16_t own_minor)
{
    *peer = (ess_peer){.own_minor = own_minor};
}

void ess_peer_forget(ess_peer *peer)
{
    ess_peer_init(peer, peer->own_minor);
}

void ess_peer_hear(ess_peer *peer, const ess_presence_word *word)
{
    ess_peer_forget(peer);
    if (!word->on)
        return;
    peer->minor = word->minor;
    for (size_t i = 0; i < ESS_FEATURE_COUNT; i++) {
        if (!features[i].by_enc || ess_names_have(word->enc, features[i].name))
            peer->announced |= 1u << i;
    }
}

uint16_t ess_peer_minor(const ess_peer *peer)
{
    return peer->minor < peer->own_minor ? peer->minor : peer->own_minor;
}

bool ess_peer_may(const ess_peer *peer, ess_feature feature)
{
    return ess_peer_minor(peer) >= features[feature].since &&
           (peer->announced & 1u << feature) != 0;
}
