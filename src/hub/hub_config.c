/* The keys of hub.yaml: checks, help and reference in one table. */
#include "hub/hub_config.h"

#include <stdio.h>
#include <string.h>

#include "codec/try.h"
#include "config/config.h"
#include "ess/model.h"

#define AT(field)   offsetof(hub_config, field)
#define SIZE(field) sizeof(((hub_config *)0)->field)
#define TEXT(key, field, least, otherwise, en, zh)                                                 \
    {                                                                                              \
        .name = key, .type = CONFIG_TEXT, .offset = AT(field), .size = SIZE(field), .min = least,  \
        .max = SIZE(field) - 1, .fallback = otherwise, .help_en = en, .help_zh = zh                \
    }
#define PATH(key, field, otherwise, en, zh)                                                        \
    {                                                                                              \
        .name = key, .type = CONFIG_PATH, .offset = AT(field), .size = SIZE(field),                \
        .fallback = otherwise, .help_en = en, .help_zh = zh                                        \
    }
#define WHOLE(key, field, least, most, otherwise, in, en, zh)                                      \
    {                                                                                              \
        .name = key, .type = CONFIG_INTEGER, .offset = AT(field), .min = least, .max = most,       \
        .fallback = otherwise, .unit = in, .help_en = en, .help_zh = zh                            \
    }

static const config_key keys[] = {
    PATH("data.dir", data_dir, NULL, "Folder of the database; made if missing, mode 0700.",
         "数据库所在目录；不存在时自动创建，权限 0700。"),
    WHOLE("data.max_mib", data_max_mib, 0, 67108864, "0", "MiB",
          "History grows no further; devices then keep their reports. Log-in and commands have"
          " 16 MiB more. 0: no bound.",
          "历史数据大小上限；到达后上报由设备保留。登录与命令另有 16 MiB。0 表示不限。"),
    TEXT("broker.host", broker_host, 1, "127.0.0.1", "Name or address of the MQTT broker.",
         "MQTT 服务器的主机名或地址。"),
    WHOLE("broker.port", broker_port, 1, 65535, "8883", NULL, "Its TLS port.", "其 TLS 端口。"),
    PATH("broker.ca", broker_ca, NULL, "Certificate authority that signed the broker's, PEM.",
         "签发服务器证书的 CA 证书，PEM。"),
    PATH("broker.cert", broker_cert, NULL, "The hub's own certificate, subject CN _cloud, PEM.",
         "本服务的证书，主题 CN 为 _cloud，PEM。"),
    PATH("broker.key", broker_key, NULL, "Its private key, PEM; for the owner's eyes only.",
         "证书的私钥，PEM；仅属主可读。"),
    TEXT("broker.client_id", broker_client_id, 1, "_cloud", "MQTT client id.", "MQTT 客户端标识。"),
    TEXT("application", application, 1, "ess", "Third level of every topic.", "所有主题的第三级。"),
    WHOLE("intake.commit_ms", commit_ms, 1, 1000, "20", "ms",
          "A report waits at most so long for its commit.", "上报等待提交的最长时间。"),
    WHOLE("intake.commit_reports", commit_reports, 1, 16384, "2000", NULL,
          "So many reports are committed at once.", "达到该上报条数时立即提交。"),
    PATH("signing.key", signing_key, "",
         "Secret key that signs commands; empty: command.key in data.dir, made at the first start."
         " Devices are given its public line, in the file of the same name with .pub.",
         "命令签名私钥；留空则为 data.dir 下的 command.key，首次启动时生成。"
         "设备需配置其公钥行，见同名 .pub 文件。"),
    PATH("signing.old_key", signing_old_key, "",
         "Key used before, for devices that do not trust the new one yet; empty: none.",
         "更换前的私钥，用于尚未信任新公钥的设备；留空表示没有。"),
    TEXT("http.address", http_address, 1, "127.0.0.1",
         "Loopback address of REST and the page; put a TLS proxy before it for others.",
         "REST 与页面监听的本机回环地址；对外请在前面加 TLS 代理。"),
    WHOLE("http.port", http_port, 1, 65535, "8480", NULL, "Its port.", "其端口。"),
    PATH("http.web", http_web, "", "Folder of the page's files; empty: no page.",
         "页面文件所在目录；留空则不提供页面。"),
    {.name = "language",
     .type = CONFIG_CHOICE,
     .offset = AT(language),
     .choices = "en|zh",
     .fallback = "en",
     .help_en = "Language of what the program says to people.",
     .help_zh = "程序对人显示的语言。"},
};

static const config_schema schema = {.program = "ess-hub",
                                     .keys = keys,
                                     .key_count = sizeof keys / sizeof keys[0],
                                     .struct_size = sizeof(hub_config)};

/* What goes in the clear stays on this machine. */
static bool is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

ess_err hub_config_load(const char *file, bool chinese, hub_config *out, char *problem,
                        size_t problem_size)
{
    hub_config config = {0};
    TRY(config_load(file, &schema, chinese, &config, problem, problem_size));
    if (!is_loopback(config.http_address)) {
        const ess_model_error *error = ess_model_error_by_id(ESS_SLICE_LITERAL("hub-not-loopback"));
        (void)snprintf(problem, problem_size, "%s: http.address: %s: %s %s [hub-not-loopback]",
                       file, config.http_address,
                       error != NULL ? ess_model_say(error->what, chinese) : "",
                       error != NULL ? ess_model_say(error->mend, chinese) : "");
        return ESS_E_CONFIG;
    }
    *out = config;
    return ESS_OK;
}

static void write_line(void *context, const char *text)
{
    (void)fputs(text, context);
}

void hub_config_write_reference(bool chinese)
{
    config_write_reference(&schema, chinese, write_line, stdout);
}
