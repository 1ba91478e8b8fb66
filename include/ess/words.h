/* What the two ends say in d and x beside measured values: presence, receipts, commands, staged
 * replies. One struct, one writer and one reader each; the writers give whole payloads.
 *
 * A printer (..._print) writes a whole payload without NUL, *len bytes. t_utc_ms: the time of
 * publishing. Texts are UTF-8 without NUL; raw JSON in a word is not checked again. It returns
 * ESS_E_ENVELOPE if t, ns or code break their rules, ESS_E_NO_ROOM or ESS_E_UTF8; *len is untouched
 * then. Cost: linear in what it writes.
 *
 * A reader (..._parse) wants d (or all) of an envelope that ess_envelope_parse gave, and returns
 * ESS_E_DATA, ESS_E_NUMBER, ESS_E_TOO_LARGE or ESS_E_NO_ROOM, with the rule in *fault (may be NULL)
 * and an offset that counts from d's (or x's) first byte. Unknown members are ignored [ENV-35].
 * Slices that it gives borrow from the payload. Cost: linear.
 */
#ifndef ESS_WORDS_H
#define ESS_WORDS_H

#include "ess/message.h"
#include "ess/ranges.h"
#include "ess/stage.h"

ESS_BEGIN_C

#define ESS_CLOUD_GROUP "_cloud"
#define ESS_UNITS_MAX   64
#define ESS_ENC_MAX     16
#define ESS_KIDS_MAX    8
#define ESS_EXT_MAX     4
#define ESS_MINOR_MAX   999

/* STATE [PRE-01..]: {"on":1,"sid":"...","minor":1,"model":"ess-ci","modelVer":"1.0.0",
 * "modelHash":"...","fw":"0.1.0","clock":"synced","enc":["json"],"kids":["k1"],
 * "units":["CAB01"]}; the will and an orderly farewell are {"on":0,"sid":"..."}.
 * The lists are raw JSON arrays of texts; empty: not said. */
typedef struct ess_presence_word {
    bool on;
    char sid[ESS_SID_LEN + 1];
    uint16_t minor; /* of the protocol, 0 to ESS_MINOR_MAX; not said: 0 */
    ess_slice model, model_version, model_hash, fw, clock; /* empty: not said */
    ess_slice ext;   /* what makers added to the model, at most ESS_EXT_MAX [MOD-04] */
    ess_slice enc;   /* the encodings it can read, at most ESS_ENC_MAX */
    ess_slice kids;  /* ids of the keys whose signatures it checks, at most ESS_KIDS_MAX */
    ess_slice units; /* at most ESS_UNITS_MAX */
    ess_slice sign;  /* text, not list: classes that need a signature, "ABC" [SIG-20] */
} ess_presence_word;
/* What has not been set is left out; a minor of 0 too. */
ess_err ess_presence_print(const ess_presence_word *word, int64_t t_utc_ms, char *room,
                           size_t room_size, size_t *len);
/* Members that are not known are ignored, so that a later minor may say more. */
ess_err ess_presence_parse(ess_slice d, ess_presence_word *out, ess_fault *fault);
/* True when the list (enc, kids or units of a word; may be empty) has the name. Cost: linear. */
bool ess_names_have(ess_slice names, const char *name);

/* RSP [DLV-04]: {"op":"ack","sid":"...","ok":[[1,5],[7,7]],"no":[[6,"ENV-03",1763827200000]],
 * "slow":0}.
 * ok: committed durably. no: refused for good, with the rule broken; not to be sent again. */
#define ESS_REFUSED_MAX 16
typedef struct ess_refused {
    uint64_t n;
    char rule[16];
    int64_t t_utc_ms; /* of the message refused [DLV-60]; 0: not said */
} ess_refused;
typedef struct ess_receipt {
    char sid[ESS_SID_LEN + 1];
    ess_ranges ok;
    ess_refused no[ESS_REFUSED_MAX];
    uint8_t no_count;
    uint8_t slow; /* 0: as configured; k: classes N S C at 1/(k+1) of their rate */
} ess_receipt;

/* A receipt with its sid. ESS_MESSAGE_AIM bytes are always enough. */
ess_err ess_receipt_print(const ess_receipt *receipt, int64_t t_utc_ms, char *room,
                          size_t room_size, size_t *len);

/* Stack: about 1 KiB, the receipt being read. */
ess_err ess_receipt_parse(ess_slice d, ess_receipt *out, ess_fault *fault);

/* d of an EVENT that tells of reports given up [DLV-07]:
 * {"event":"gap","ts":...,"sid":"...","lost":[[a,b],...]}. */
typedef struct ess_gap {
    char sid[ESS_SID_LEN + 1];
    ess_ranges lost;
    int64_t ts_utc_ms; /* when they were given up; negative: not said, the device had no clock */
} ess_gap;
/* The d alone, without NUL. ESS_E_NO_ROOM, *len untouched then. */
ess_err ess_gap_print(const ess_gap *gap, char *room, size_t room_size, size_t *len);
/* ESS_E_NOT_FOUND: another event; ESS_E_DATA and others: a gap that breaks DLV-07. *out untouched
 * then. */
ess_err ess_gap_parse(ess_slice d, ess_gap *out);

/* CMD [CMD-01]: code, d {"op","a":{...}}, x {"exp","by","kid"}; ess/signature.h puts sig behind
 * kid. */
typedef struct ess_command {
    ess_slice ns; /* below the topic's deepest level; empty: none */
    ess_slice code;
    ess_slice op;
    ess_slice args;     /* raw JSON object; "{}" when absent */
    int64_t t_utc_ms;   /* when it was published */
    int64_t exp_utc_ms; /* absolute; not to be tried after it */
    ess_slice by;       /* who ordered it */
    ess_slice kid;      /* key it is, or is to be, signed with [SIG-02]; empty: none */
} ess_command;

/* code, op, args, t and exp are wanted; by and kid where they are not empty. ESS_E_ENVELOPE without
 * a code [CMD-02]. */
ess_err ess_command_print(const ess_command *command, char *room, size_t room_size, size_t *len);

/* From a parsed envelope of a CMD. exp and code are required [CMD-02]. Whether it may be tried:
 * ess_command_judge. */
ess_err ess_command_parse(const ess_envelope *envelope, ess_command *out, ess_fault *fault);

/* ACK [CMD-05]: the command's code, d {"stage","r":0,"v":{read-back},"why":"..."} . */
typedef struct ess_ack {
    ess_slice code;
    ess_stage stage;
    int result;          /* ess_model_result_code */
    ess_slice read_back; /* raw JSON object of values by name; empty: none */
    ess_slice why;       /* UTF-8 detail for people; empty: none */
} ess_ack;

/* code: the command's, byte for byte; ESS_E_ENVELOPE without one. stage: one that a device may say
 * [CMD-05]. */
ess_err ess_ack_print(const ess_ack *ack, int64_t t_utc_ms, char *room, size_t room_size,
                      size_t *len);

/* From a parsed envelope of an ACK. Stages that only the cloud says are refused. why is given as it
 * stands in the payload, escapes unresolved. */
ess_err ess_ack_parse(const ess_envelope *envelope, ess_ack *out, ess_fault *fault);

/* A live report: code "<sid>-<n>", s METRIC, te REQ (a receipt is wanted). t is the publish time;
 * values sampled at another time go out as one row that carries ts [TEL-04], values of the same
 * time as the plain d. */
typedef struct ess_report {
    ess_report_code code;
    int64_t ts_utc_ms; /* when the values were sampled [TEL-04] */
    ess_slice ns;      /* below the topic's deepest level; for rows: from the unit on */
    ess_slice values;  /* raw JSON object */
    ess_slice x;       /* raw JSON object, empty: none; e.g. {"rev":3} of a PARAM; not in batches */
} ess_report;

/* A whole payload of DATA. ns may be empty; x goes along where it is not. PARAM and EVENT have
 * their time inside and no rows: they go by ess_envelope_print. */
ess_err ess_report_print(const ess_report *report, int64_t t_utc_ms, char *room, size_t room_size,
                         size_t *len);

/* A batch for HIST: all rows of one sid; the message's code is the first row's. count: 1 ..
 * ESS_ROWS_MAX. x of the rows is left out. Returns ESS_E_ENVELOPE if the ns of any row breaks its
 * rules; after ESS_E_NO_ROOM try with fewer. Spec: DLV-06, DLV-08. */
ess_err ess_batch_print(const ess_report *reports, size_t count, int64_t t_utc_ms, char *room,
                        size_t room_size, size_t *len);

ESS_END_C

#endif
