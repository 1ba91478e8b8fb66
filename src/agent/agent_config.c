/* The table of keys: checks, help and packaging/agent.yaml in one. */
#include "agent/agent_config.h"

#include "codec/try.h"
#include "config/config.h"
#include "ess/model.h"
#include "ess/topic.h"

#include <stdio.h>
#include <string.h>

#define AT(field)       offsetof(agent_config, field)
#define ROOM(field)     sizeof(((agent_config *)0)->field)
#define DEV(field)      offsetof(agent_device_config, field)
#define DEV_ROOM(field) sizeof(((agent_device_config *)0)->field)
#define KEY(field)      offsetof(agent_key_config, field)
#define KEY_ROOM(field) sizeof(((agent_key_config *)0)->field)

static const config_key keys[] = {
    {.name = "group",
     .type = CONFIG_TEXT,
     .offset = AT(group),
     .size = ROOM(group),
     .min = 1,
     .max = ESS_LEVEL_EMIT_MAX,
     .help_en = "group_id of this station; also the certificate's CN and the MQTT client id",
     .help_zh = "本站的 group_id，同时是证书 CN 和 MQTT 客户端标识"},
    {.name = "state_dir",
     .type = CONFIG_PATH,
     .offset = AT(state_dir),
     .size = ROOM(state_dir),
     .min = 1,
     .max = 200,
     .help_en = "folder of outbox, journal and key; made if missing, for this agent alone",
     .help_zh = "存放发件箱、日志和密钥的目录；不存在则创建，仅供本代理使用"},
    {.name = "broker.host",
     .type = CONFIG_TEXT,
     .offset = AT(broker_host),
     .size = ROOM(broker_host),
     .min = 1,
     .max = 127,
     .help_en = "name or address of the broker",
     .help_zh = "消息服务器的主机名或地址"},
    {.name = "broker.port",
     .type = CONFIG_INTEGER,
     .offset = AT(broker_port),
     .min = 1,
     .max = 65535,
     .fallback = "8883",
     .help_en = "TCP port, TLS 1.3",
     .help_zh = "TCP 端口（TLS 1.3）"},
    {.name = "broker.ca",
     .type = CONFIG_PATH,
     .offset = AT(broker_ca),
     .size = ROOM(broker_ca),
     .min = 1,
     .max = 255,
     .help_en = "PEM file of the authority that signed the broker",
     .help_zh = "签发服务器证书的 CA（PEM）"},
    {.name = "broker.cert",
     .type = CONFIG_PATH,
     .offset = AT(broker_cert),
     .size = ROOM(broker_cert),
     .min = 1,
     .max = 255,
     .help_en = "this station's certificate, PEM",
     .help_zh = "本站证书（PEM）"},
    {.name = "broker.key",
     .type = CONFIG_PATH,
     .offset = AT(broker_key),
     .size = ROOM(broker_key),
     .min = 1,
     .max = 255,
     .help_en = "its private key, PEM",
     .help_zh = "本站私钥（PEM）"},
    {.name = "report.fast_ms",
     .type = CONFIG_INTEGER,
     .offset = AT(fast_ms),
     .min = 100,
     .max = 60000,
     .fallback = "1000",
     .unit = "ms",
     .help_en = "reading of classes F and E",
     .help_zh = "F、E 类点的读取周期"},
    {.name = "report.normal_ms",
     .type = CONFIG_INTEGER,
     .offset = AT(normal_ms),
     .min = 100,
     .max = 600000,
     .fallback = "5000",
     .unit = "ms",
     .help_en = "reading of class N",
     .help_zh = "N 类点的读取周期"},
    {.name = "report.slow_ms",
     .type = CONFIG_INTEGER,
     .offset = AT(slow_ms),
     .min = 100,
     .max = 3600000,
     .fallback = "60000",
     .unit = "ms",
     .help_en = "reading of class S",
     .help_zh = "S 类点的读取周期"},
    {.name = "report.cells_ms",
     .type = CONFIG_INTEGER,
     .offset = AT(cells_ms),
     .min = 100,
     .max = 3600000,
     .fallback = "10000",
     .unit = "ms",
     .help_en = "reading of class C (cells)",
     .help_zh = "C 类点（电芯）的读取周期"},
    {.name = "report.params_ms",
     .type = CONFIG_INTEGER,
     .offset = AT(params_ms),
     .min = 100,
     .max = 3600000,
     .fallback = "60000",
     .unit = "ms",
     .help_en = "reading of class D (parameters)",
     .help_zh = "D 类点（参数）的读取周期"},
    {.name = "report.snapshot_ms",
     .type = CONFIG_INTEGER,
     .offset = AT(snapshot_ms),
     .min = 1000,
     .max = 86400000,
     .fallback = "300000",
     .unit = "ms",
     .help_en = "every point is reported at least so often, moved or not",
     .help_zh = "无论是否变化，每个点至少按此周期上报"},
    {.name = "outbox.max_reports",
     .type = CONFIG_INTEGER,
     .offset = AT(outbox_max_reports),
     .min = 4096,
     .max = 4000000,
     .fallback = "200000",
     .help_en = "reports kept while the cloud is away; the oldest give way beyond it",
     .help_zh = "云端不可达时最多保留的报告数，超出时丢弃最旧的"},
    {.name = "outbox.segment_bytes",
     .type = CONFIG_INTEGER,
     .offset = AT(outbox_segment_bytes),
     .min = 65536,
     .max = 268435456,
     .fallback = "1048576",
     .unit = "bytes",
     .help_en = "size of one file of the outbox",
     .help_zh = "发件箱单个文件的大小"},
    {.name = "sender.receipt_ms",
     .type = CONFIG_INTEGER,
     .offset = AT(receipt_ms),
     .min = 100,
     .max = 60000,
     .fallback = "5000",
     .unit = "ms",
     .help_en = "first wait for a receipt before sending again; doubles up to 60 s",
     .help_zh = "重发前首次等待回执的时间，逐次加倍至 60 秒"},
    {.name = "sender.batch_bytes",
     .type = CONFIG_INTEGER,
     .offset = AT(batch_bytes),
     .min = 1024,
     .max = 65536,
     .fallback = "16384",
     .unit = "bytes",
     .help_en = "aimed size of a backfill message",
     .help_zh = "补传消息的目标大小"},
    {.name = "sender.backlog_window",
     .type = CONFIG_INTEGER,
     .offset = AT(backlog_window),
     .min = 1,
     .max = 4096,
     .fallback = "512",
     .help_en = "backfilled reports that may wait for receipts at a time",
     .help_zh = "同时等待回执的补传报告数"},
    {.name = "sender.live_window",
     .type = CONFIG_INTEGER,
     .offset = AT(live_window),
     .min = 1,
     .max = 4096,
     .fallback = "512",
     .help_en = "live reports that may wait for receipts at a time",
     .help_zh = "同时等待回执的实时报告数"},
    {.name = "sender.encoding",
     .type = CONFIG_CHOICE,
     .offset = AT(encoding),
     .choices = "auto|plain",
     .fallback = "auto",
     .help_en = "auto: compressed as the cloud says it can read; plain: JSON for looking on",
     .help_zh = "auto：按云端声明能读取的编码压缩；plain：明文 JSON，便于查看"},
    {.name = "commands.signed_classes",
     .type = CONFIG_CHOICE,
     .offset = AT(signed_classes),
     .choices = "auto|ABC|BC|C|none",
     .fallback = "auto",
     .help_en = "safety classes of commands that need a signature; auto: all with keys, C without",
     .help_zh = "需要签名的命令安全类别；auto：有公钥时为全部，没有公钥时仅 C 类"},
    {.name = "commands.keys[].key",
     .type = CONFIG_TEXT,
     .offset = KEY(key),
     .size = KEY_ROOM(key),
     .max = KEY_ROOM(key) - 1,
     .fallback = "",
     .help_en = "public key whose commands are carried out: the line ess-public:... (or give file)",
     .help_zh = "受信任的命令签名公钥：即 ess-public:... 这一行（或改用 file）"},
    {.name = "commands.keys[].file",
     .type = CONFIG_PATH,
     .offset = KEY(file),
     .size = KEY_ROOM(file),
     .max = 255,
     .fallback = "",
     .help_en = "file that holds that line",
     .help_zh = "保存该行的文件"},
    {.name = "devices[].unit",
     .type = CONFIG_TEXT,
     .offset = DEV(unit),
     .size = DEV_ROOM(unit),
     .min = 1,
     .max = ESS_LEVEL_EMIT_MAX,
     .help_en = "device_unit, e.g. CAB01",
     .help_zh = "device_unit，例如 CAB01"},
    {.name = "devices[].host",
     .type = CONFIG_TEXT,
     .offset = DEV(host),
     .size = DEV_ROOM(host),
     .min = 1,
     .max = 63,
     .help_en = "IP address of its Modbus TCP server",
     .help_zh = "Modbus TCP 服务端的 IP 地址"},
    {.name = "devices[].port",
     .type = CONFIG_INTEGER,
     .offset = DEV(port),
     .min = 1,
     .max = 65535,
     .fallback = "502",
     .help_en = "its TCP port",
     .help_zh = "TCP 端口"},
    {.name = "devices[].unit_id",
     .type = CONFIG_INTEGER,
     .offset = DEV(unit_id),
     .min = 0,
     .max = 255,
     .fallback = "1",
     .help_en = "Modbus unit identifier",
     .help_zh = "Modbus 单元标识"},
    {.name = "devices[].points",
     .type = CONFIG_PATH,
     .offset = DEV(points),
     .size = DEV_ROOM(points),
     .min = 1,
     .max = 255,
     .help_en = "point table (CSV): which register holds which point",
     .help_zh = "点表（CSV）：寄存器与数据点的对应关系"},
    {.name = "devices[].timeout_ms",
     .type = CONFIG_INTEGER,
     .offset = DEV(timeout_ms),
     .min = 100,
     .max = 10000,
     .fallback = "1000",
     .unit = "ms",
     .help_en = "for connecting and for each answer",
     .help_zh = "连接及每次应答的超时"},
};

static const config_list lists[] = {
    {.name = "commands.keys",
     .offset = AT(keys),
     .stride = sizeof(agent_key_config),
     .count_offset = AT(key_count),
     .least = 0,
     .most = AGENT_KEYS_MAX},
    {.name = "devices",
     .offset = AT(devices),
     .stride = sizeof(agent_device_config),
     .count_offset = AT(device_count),
     .least = 1,
     .most = AGENT_DEVICES_MAX},
};

static const config_schema schema = {.program = "ess-agent",
                                     .keys = keys,
                                     .key_count = sizeof keys / sizeof keys[0],
                                     .lists = lists,
                                     .list_count = sizeof lists / sizeof lists[0],
                                     .struct_size = sizeof(agent_config)};

/* [TOP-05] What we emit as a topic level. */
static bool is_level(const char *text)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_~-";

    return text[0] != '\0' && strspn(text, allowed) == strlen(text);
}

static ess_err refuse(bool chinese, const char *id, const char *detail, char *problem, size_t size)
{
    const ess_model_error *error = ess_model_error_by_id(ess_slice_from(id));

    (void)snprintf(problem, size, "%s: %s %s [%s]\n", detail,
                   error == NULL ? "" : ess_model_say(error->what, chinese),
                   error == NULL ? "" : ess_model_say(error->mend, chinese), id);
    return ESS_E_CONFIG;
}

/* What one key alone cannot tell. */
static ess_err check_whole(const agent_config *config, bool chinese, char *problem, size_t size)
{
    if (!is_level(config->group))
        return refuse(chinese, "agent-name", "group", problem, size);
    for (size_t i = 0; i < config->device_count; i++) {
        if (!is_level(config->devices[i].unit))
            return refuse(chinese, "agent-name", config->devices[i].unit, problem, size);
        for (size_t k = 0; k < i; k++) {
            if (strcmp(config->devices[i].unit, config->devices[k].unit) == 0)
                return refuse(chinese, "agent-unit-twice", config->devices[i].unit, problem, size);
        }
    }
    return ESS_OK;
}

ess_err agent_config_load(const char *file, bool chinese, agent_config *out, char *problem,
                          size_t problem_size)
{
    static agent_config config; /* large; only the one thread, at start */

    memset(&config, 0, sizeof config);
    TRY(config_load(file, &schema, chinese, &config, problem, problem_size));
    TRY(check_whole(&config, chinese, problem, problem_size));
    *out = config;
    return ESS_OK;
}

static void print(void *context, const char *text)
{
    (void)context;
    (void)fputs(text, stdout); /* a closed pipe is seen when the program ends */
}

void agent_config_write_reference(bool chinese)
{
    config_write_reference(&schema, chinese, print, NULL);
}
