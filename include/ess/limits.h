/* Every bound that a peer's input can run into. A deployment may lower them, never raise them
 * past what the profile allows. */
#ifndef ESS_LIMITS_H
#define ESS_LIMITS_H

#define ESS_JSON_DEPTH_MAX     16     /* ENV-08 */
#define ESS_MESSAGE_MAX        131072 /* DLV-09: hard cap on the wire, bytes */
#define ESS_MESSAGE_AIM        16384  /* DLV-09: size to aim at, bytes */
#define ESS_TOPIC_MAX          512    /* bytes; our own topics are at most 6 x 64 + 5 */
#define ESS_LEVEL_EMIT_MAX     64     /* TOP-05: bytes of a level we emit */
#define ESS_CODE_MAX           64     /* ENV-05: ASCII characters of a code */
#define ESS_NAME_MAX           64     /* ENV-02: bytes of a member name, so of a point's too */
#define ESS_NS_MAX             160    /* ENV-04: bytes of unit/component/part */
#define ESS_MEMBERS_MAX        1024   /* ENV-02: members of all objects open at one time */
#define ESS_ROWS_MAX           1024   /* rows of one batch */
#define ESS_VALUES_MAX         21846  /* values of one message: "a":0, takes 6 bytes */
#define ESS_ARRAY_MAX          1024   /* elements of one array value */
#define ESS_RANGES_MAX         32     /* ranges of one receipt */

/* CLK-03: 2020-01-01T00:00:00Z in UTC ms. What is stamped before it was stamped by a clock that
 * had not been set. */
#define ESS_CLOCK_SET_UTC_MS INT64_C(1577836800000)

#endif
