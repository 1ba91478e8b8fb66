/* The handlers of the REST interface (spec/openapi.yaml), by what they serve. */
#ifndef ESS_HUB_REST_H
#define ESS_HUB_REST_H

#include "hub/http_router.h"

/* The whole interface as one table. Static. */
const http_route *rest_routes(size_t *count);

/* ---- rest_session.c */
void rest_login(const http_api *api, http_request *request, http_reply *reply);
void rest_logout(const http_api *api, http_request *request, http_reply *reply);
void rest_me(const http_api *api, http_request *request, http_reply *reply);

/* ---- rest_read.c */
void rest_devices(const http_api *api, http_request *request, http_reply *reply);
void rest_values(const http_api *api, http_request *request, http_reply *reply);
void rest_series(const http_api *api, http_request *request, http_reply *reply);
void rest_history(const http_api *api, http_request *request, http_reply *reply);
void rest_params(const http_api *api, http_request *request, http_reply *reply);
void rest_events(const http_api *api, http_request *request, http_reply *reply);
void rest_command(const http_api *api, http_request *request, http_reply *reply);
void rest_commands(const http_api *api, http_request *request, http_reply *reply);
void rest_stats(const http_api *api, http_request *request, http_reply *reply);
void rest_stream(const http_api *api, http_request *request, http_reply *reply);

/* ---- rest_order.c */
void rest_order(const http_api *api, http_request *request, http_reply *reply);

/* ---- http_files.c: the page */
void http_file(const http_api *api, http_request *request, http_reply *reply);

#endif
