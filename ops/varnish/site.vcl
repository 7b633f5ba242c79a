vcl 4.1;

# An example of a site: what is of one place, and no other's, is here. It is started by
#   varnishd -F -a :6081 -f /etc/millrace/site.vcl -s malloc,256m -p vcl_path=/path/of/this/folder -p http_resp_hdr_len=16k

import std;

backend default {
    .host = "127.0.0.1";
    .port = "8090";
    .probe = {
        .url = "/health";
        .interval = 2s;
        .timeout = 1s;
    }
}

acl purgers {
    "127.0.0.1";
    "::1";
}

sub site_recv {
    if (req.url ~ "^/me(/|\?|$)") {
        set req.http.Edge-Auth = "token";
    }
    if (req.method != "GET" && req.method != "HEAD" && !req.http.Edge-Auth) {
        return (pass);
    }
}

include "millrace.vcl";
