/* The table of all that is found beside what receivers refuse. */
#include "check/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/refusal.h"

typedef struct finding_row {
    const char *name;
    check_severity severity;
    const char *rule;
    ess_model_text what;
} finding_row;

static const finding_row rows[CHECK_KIND_COUNT] = {
    [CHECK_REFUSED] = {"refused", CHECK_BROKEN, "", {"refused", "被拒绝"}},
    [CHECK_NO_MESSAGE] = {"no-message",
                          CHECK_BROKEN,
                          "",
                          {"the line holds no topic and payload", "该行没有主题和负载"}},
    [CHECK_MAJOR_NOT_SERVED] = {"major-not-served",
                                CHECK_BROKEN,
                                "TOP-11",
                                {"this major of the protocol is not served: it is refused unread",
                                 "不支持该主版本号：不读取即拒绝"}},
    [CHECK_MAJOR_NOT_KNOWN] = {"major-not-known",
                               CHECK_ADVICE,
                               "VER-01",
                               {"of a major that is served, but whose form this program does not "
                                "know: its messages are not judged",
                                "该主版本在所服务之列，但本程序不了解其格式：其报文不作判断"}},
    [CHECK_RETAINED] = {"retained",
                        CHECK_BROKEN,
                        "DLV-17",
                        {"only STATE and PARAM are retained", "只有 STATE 和 PARAM 可以保留"}},
    [CHECK_RETAINED_COMMAND] = {"retained-command",
                                CHECK_BROKEN,
                                "CMD-04",
                                {"a retained command is never tried", "保留的命令不会被执行"}},
    [CHECK_QOS_2] = {"qos-2", CHECK_BROKEN, "DLV-16", {"QoS 2 is never used", "不使用 QoS 2"}},
    [CHECK_QOS_0] = {"qos-0",
                     CHECK_ADVICE,
                     "DLV-03",
                     {"QoS 0 is for bulk cell data alone", "QoS 0 仅用于批量单体数据"}},
    [CHECK_LEVEL_FORM] = {"level-form",
                          CHECK_ADVICE,
                          "TOP-05",
                          {"a level has characters that a sender does not write",
                           "主题层级含有发送方不应使用的字符"}},
    [CHECK_LARGE] = {"large",
                     CHECK_ADVICE,
                     "DLV-39",
                     {"larger than the 16 KiB to aim at", "超过建议的 16 KiB"}},
    [CHECK_UNKNOWN_POINT] = {"unknown-point",
                             CHECK_ADVICE,
                             "MOD-06",
                             {"a point that the model has not", "模型中没有该测点"}},
    [CHECK_UNKNOWN_VALUE] = {"unknown-value",
                             CHECK_ADVICE,
                             "MOD-06",
                             {"a value that the enum has not", "枚举中没有该值"}},
    [CHECK_OTHER_TYPE] = {"other-type",
                          CHECK_ADVICE,
                          "DAT-01",
                          {"the value has not the type of the model", "取值类型与模型不符"}},
    [CHECK_BEYOND] = {"beyond",
                      CHECK_ADVICE,
                      "MOD-11",
                      {"beyond what the model calls plausible", "超出模型的合理范围"}},
    [CHECK_UNKNOWN_OP] = {"unknown-op",
                          CHECK_ADVICE,
                          "MOD-06",
                          {"an operation that the model has not", "模型中没有该操作"}},
    [CHECK_ARGS] = {"args",
                    CHECK_ADVICE,
                    "CMD-50",
                    {"a device rejects these arguments", "设备会拒绝这些参数"}},
    [CHECK_CODE_FORM] = {"code-form",
                         CHECK_ADVICE,
                         "ENV-29",
                         {"a command's code is a UUIDv7 or ULID", "命令编号应为 UUIDv7 或 ULID"}},
    [CHECK_NOT_LAST] = {"signature-not-last",
                        CHECK_BROKEN,
                        "SIG-01",
                        {"the signature does not end the payload", "签名不在负载末尾"}},
    [CHECK_SIGNATURE] = {"signature-form",
                         CHECK_BROKEN,
                         "SIG-02",
                         {"the signature has not its form", "签名格式不符"}},
    [CHECK_SIGNATURE_WRONG] = {"signature-wrong",
                               CHECK_BROKEN,
                               "SIG-12",
                               {"the signature is not this key's for this topic and these bytes",
                                "签名不是该密钥对此主题和此内容所作"}},
    [CHECK_SIGNATURE_KEY] = {"signature-key",
                             CHECK_BROKEN,
                             "SIG-12",
                             {"signed with a key that was not given", "签名所用的密钥未给出"}},
    [CHECK_SIGNATURE_MISSING] = {"signature-missing",
                                 CHECK_BROKEN,
                                 "SIG-12",
                                 {"a command of this class needs a signature, and has none",
                                  "此类别的命令须有签名，但没有签名"}},
    [CHECK_SENT_LATE] = {"sent-late",
                         CHECK_BROKEN,
                         "CMD-22",
                         {"published when it had already expired", "发布时已过期"}},
    [CHECK_N_REUSED] = {"n-reused",
                        CHECK_BROKEN,
                        "DLV-02",
                        {"the number was given to another report before: one of them is lost",
                         "该序号此前已用于另一条上报：其中一条将丢失"}},
    [CHECK_N_BACK] = {"n-back",
                      CHECK_ADVICE,
                      "DLV-06",
                      {"a live report older than one before it, and not seen until now",
                       "实时上报早于此前的上报，且此前未出现"}},
    [CHECK_N_MISSING] = {"n-missing",
                         CHECK_ADVICE,
                         "DLV-37",
                         {"numbers that never came, and no gap that tells of them",
                          "序号始终未出现，也没有缺口说明"}},
    [CHECK_RECEIPT_EARLY] = {"receipt-early",
                             CHECK_BROKEN,
                             "DLV-04",
                             {"receipted before it came", "上报尚未到达即已回执"}},
    [CHECK_RECEIPT_REFUSES] = {"receipt-refuses",
                               CHECK_ADVICE,
                               "DLV-22",
                               {"the cloud refuses a report for good", "云端永久拒绝该上报"}},
    [CHECK_CMD_CHANGED] = {"command-changed",
                           CHECK_BROKEN,
                           "CMD-31",
                           {"the code was given to another command before",
                            "该编号此前已用于另一条命令"}},
    [CHECK_ACK_UNASKED] = {"ack-unasked",
                           CHECK_ADVICE,
                           "ENV-25",
                           {"no such command was seen", "未见到该命令"}},
    [CHECK_ACK_ELSEWHERE] = {"ack-elsewhere",
                             CHECK_BROKEN,
                             "ENV-25",
                             {"another object answers than was asked", "应答对象与命令对象不同"}},
    [CHECK_STAGE_BACK] = {"stage-back",
                          CHECK_ADVICE,
                          "CMD-52",
                          {"a stage behind one that follows it", "阶段出现倒退"}},
    [CHECK_FINAL_TWICE] = {"final-twice",
                           CHECK_BROKEN,
                           "CMD-67",
                           {"a second final stage", "出现第二个最终阶段"}},
    [CHECK_FINAL_CHANGED] = {"final-changed",
                             CHECK_BROKEN,
                             "CMD-30",
                             {"the final answer is repeated otherwise", "重复的最终应答内容不同"}},
    [CHECK_TRIED_LATE] = {"tried-late",
                          CHECK_BROKEN,
                          "CMD-03",
                          {"taken up after it had expired", "过期后仍被执行"}},
    [CHECK_NO_FINAL] = {"no-final",
                        CHECK_ADVICE,
                        "CMD-11",
                        {"no final stage by exp and 10 s", "到失效时间加 10 秒仍无最终阶段"}},
    [CHECK_SID_BACK] = {"sid-back",
                        CHECK_BROKEN,
                        "PRE-04",
                        {"a birth with an older sid than one before",
                         "上线消息的 sid 早于此前的 sid"}},
    [CHECK_SID_UNANNOUNCED] = {"sid-unannounced",
                               CHECK_BROKEN,
                               "PRE-01",
                               {"a report of a session whose birth has not come",
                                "会话尚未上线即有上报"}},
    [CHECK_AFTER_DEATH] = {"after-death",
                           CHECK_BROKEN,
                           "PRE-01",
                           {"a report after the word that it is gone, and no birth",
                            "离线之后未重新上线即有上报"}},
};

static check_finding *next_finding(check_findings *out)
{
    if (out->count == CHECK_FINDINGS_MAX) {
        out->more++;
        return NULL;
    }
    return &out->list[out->count++];
}

void check_add(check_findings *out, check_kind kind, const char *format, ...)
{
    const finding_row *row = &rows[kind];
    check_finding *finding = next_finding(out);
    va_list args;
    if (finding == NULL)
        return;
    *finding = (check_finding){
        .severity = row->severity, .name = row->name, .rule = row->rule, .what = row->what};
    va_start(args, format);
    (void)vsnprintf(finding->detail, sizeof finding->detail, format, args); /* may be cut */
    va_end(args);
}

void check_add_words(check_findings *out, check_kind kind, const char *words)
{
    size_t at = out->count;
    check_add(out, kind, "%s", words);
    if (out->count > at)
        out->list[at].in_words = true;
}

const char *check_detail(const check_finding *finding, bool chinese,
                         char room[static CONFIG_REFUSAL_MAX])
{
    const char *detail = finding->in_words ? config_refusal_say(finding->detail, chinese, room)
                                           : finding->detail;
    return strcmp(detail, ess_model_say(finding->what, chinese)) == 0 ? "" : detail;
}

void check_add_fault(check_findings *out, const ess_fault *fault, bool in_topic)
{
    const finding_row *row = &rows[CHECK_REFUSED];
    const char *words = fault->what != NULL ? fault->what : row->what.en;
    check_finding *finding = next_finding(out);
    if (finding == NULL)
        return;
    *finding = (check_finding){.severity = row->severity,
                               .name = row->name,
                               .rule = fault->rule != NULL ? fault->rule : "",
                               .what = {words, fault->what != NULL
                                                   ? config_refusal_words_of(words, true)
                                                   : row->what.zh},
                               .in_topic = in_topic,
                               .in_words = true,
                               .has_offset = true,
                               .offset = fault->offset};
    if (fault->what != NULL)
        (void)snprintf(finding->detail, sizeof finding->detail, "%s", fault->what);
}

void check_no_message(ess_slice line, check_findings *out)
{
    check_add(out, CHECK_NO_MESSAGE, "%.*s", line.len > 40 ? 40 : (int)line.len, line.ptr);
}
