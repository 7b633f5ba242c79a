vcl 4.1;

# An edge that shows pages made of Millrace's views: Varnish 7.1 or later with varnish-modules (xkey). docs/cdn-edge.md tells of it.
#
# A site's own file comes first and includes this one; site.vcl beside it is one. It defines
#   backend default   the origin
#   acl purgers       who may purge: Kafka Connect's workers, on which the purging connector runs
#   sub site_recv     the site's rules; it sets req.http.Edge-Auth where a request needs a token
#
# Header fields that begin with Edge- are between this and the origin alone: from outside none is let in.

import cookie;
import purge;
import std;
import xkey;

sub vcl_recv {
    # These are between Millrace's instances.
    unset req.http.Millrace-Partitions;
    unset req.http.Millrace-Version;

    if (req.method == "PURGE" || req.method == "BAN") {
        call millrace_invalidate;
    }
    if (req.restarts == 0) {
        unset req.http.Edge-Auth;
        unset req.http.Edge-Bucket;
        unset req.http.Edge-Method;
        unset req.http.Edge-New;
        unset req.http.Edge-Url;
        unset req.http.Edge-User;
        if (req.url ~ "^/edge/") {
            return (synth(404));
        }
        call millrace_bucket;
    }
    # Pages may have fragments in them, which are cached by themselves.
    set req.http.Surrogate-Capability = "edge=ESI/1.0";
    set req.url = std.querysort(req.url);
    if (std.healthy(req.backend_hint)) {
        # A page that was purged softly is shown for no longer than this while a new one is fetched; while the origin does not
        # answer, for as long as it is kept.
        set req.grace = 10s;
    }
    call site_recv;
    if (req.http.Edge-Auth) {
        call millrace_token;
    } else if (req.method == "GET" || req.method == "HEAD") {
        # What is the same for everybody is asked for as nobody.
        unset req.http.Authorization;
        unset req.http.Cookie;
    }
}

# Forgets by tags, by a URL, or by what URLs look like; the answer says how many objects.
#
#   PURGE /      xkey-purge: photo/7 user/42        what carries one of the tags, at once
#   PURGE /      xkey-softpurge: photo/7 user/42    the same, but it may be shown once more while it is fetched anew
#   PURGE /p/7                                      the page, all variants of it
#   PURGE /p/7   soft-purge: 1                      likewise
#   BAN /        ban-url: ^/p/                      all whose URL matches, when they are next asked for
sub millrace_invalidate {
    if (client.ip !~ purgers) {
        return (synth(403, "Forbidden"));
    }
    if (req.method == "BAN") {
        if (!req.http.ban-url) {
            return (synth(400, "BAN needs ban-url"));
        }
        # Of the object alone, so that it is tested in the background, too.
        if (std.ban("obj.http.Edge-Url ~ " + req.http.ban-url)) {
            return (synth(200, "Banned"));
        }
        return (synth(400, std.ban_error()));
    }
    if (req.http.xkey-purge) {
        set req.http.n-gone = xkey.purge(req.http.xkey-purge);
        return (synth(200, "Purged"));
    }
    if (req.http.xkey-softpurge) {
        set req.http.n-gone = xkey.softpurge(req.http.xkey-softpurge);
        return (synth(200, "Purged"));
    }
    set req.url = std.querysort(req.url);
    # Not to wait for a page that is being fetched.
    set req.hash_ignore_busy = true;
    return (hash);
}

sub vcl_hit {
    if (req.method == "PURGE") {
        call millrace_purge_url;
    }
}

sub vcl_miss {
    if (req.method == "PURGE") {
        call millrace_purge_url;
    }
}

sub vcl_pass {
    if (req.method == "PURGE") {
        # It is known not to be kept.
        set req.http.n-gone = "0";
        return (synth(200, "Purged"));
    }
}

sub millrace_purge_url {
    if (req.http.soft-purge) {
        set req.http.n-gone = purge.soft(0s);
    } else {
        set req.http.n-gone = purge.hard();
    }
    return (synth(200, "Purged"));
}

# Of two variants each reader sees one, and the same again. Only pages with Vary: Edge-Bucket are kept in both.
sub millrace_bucket {
    if (req.esi_level > 0) {
        set req.http.Edge-Bucket = req_top.http.Edge-Bucket;
        return;
    }
    cookie.parse(req.http.Cookie);
    set req.http.Edge-Bucket = cookie.get("bucket");
    if (req.http.Edge-Bucket !~ "^[ab]$") {
        set req.http.Edge-New = "1";
        if (std.random(0, 2) < 1) {
            set req.http.Edge-Bucket = "a";
        } else {
            set req.http.Edge-Bucket = "b";
        }
    }
}

# Checks a JSON Web Token. No vmod of Debian's can compute its signature, so the origin is asked, by a request of its own, whether a
# token is good; what it says is kept for as long as it says, so that it is asked once a token and not once a request. Then the
# request starts anew and goes to the origin as the user's.
sub millrace_token {
    if (req.http.Edge-User) {
        unset req.http.Authorization;
        return (pass);
    }
    if (req.restarts > 0 || req.http.Authorization !~ "^Bearer [\w-]+\.[\w-]+\.[\w-]+$") {
        return (synth(401, "Unauthorized"));
    }
    set req.http.Edge-Url = req.url;
    set req.http.Edge-Method = req.method;
    set req.url = "/edge/token";
    set req.method = "GET";
    return (hash);
}

sub vcl_hash {
    # One site; a file for several adds hash_data(req.http.host) to its own vcl_hash before it includes this.
    hash_data(req.url);
    if (req.http.Edge-Url) {
        hash_data(req.http.Authorization);
    }
    return (lookup);
}

sub vcl_backend_response {
    set beresp.http.Edge-Url = bereq.url;
    if (beresp.http.Surrogate-Key) {
        set beresp.http.xkey = beresp.http.Surrogate-Key;
    }
    if (beresp.http.Surrogate-Control ~ "ESI/1.0") {
        unset beresp.http.Surrogate-Control;
        set beresp.do_esi = true;
    }
    if (beresp.status >= 500) {
        if (bereq.is_bgfetch) {
            # What is there is better than an error.
            return (abandon);
        }
        set beresp.uncacheable = true;
        set beresp.ttl = 1s;
        return (deliver);
    }
    if (bereq.http.Edge-Url && beresp.status == 401) {
        # A bad token is asked about again after a while, and not each time.
        set beresp.ttl = 10s;
        return (deliver);
    }
    if (beresp.ttl > 0s) {
        # vcl_recv allows it only while the origin does not answer.
        set beresp.grace = 1h;
    }
}

sub vcl_deliver {
    if (req.http.Edge-Url) {
        call millrace_token_answer;
    }
    if (obj.hits > 0) {
        set resp.http.X-Cache = "HIT";
    } else {
        set resp.http.X-Cache = "MISS";
    }
    if (resp.http.Vary ~ "(?i)Edge-Bucket") {
        # To the reader it is the cookie that decides.
        set resp.http.Vary = regsub(resp.http.Vary, "(?i)Edge-Bucket", "Cookie");
        if (req.http.Edge-New && req.esi_level == 0) {
            set resp.http.Set-Cookie = "bucket=" + req.http.Edge-Bucket + "; Path=/; Max-Age=2592000; SameSite=Lax";
        }
    }
    unset resp.http.Edge-Url;
    unset resp.http.Edge-User;
    unset resp.http.xkey;
    if (client.ip !~ purgers) {
        unset resp.http.Surrogate-Key;
        unset resp.http.Cache-Tag;
    }
}

sub millrace_token_answer {
    if (resp.status == 200 && resp.http.Edge-User) {
        set req.http.Edge-User = resp.http.Edge-User;
        set req.url = req.http.Edge-Url;
        set req.method = req.http.Edge-Method;
        unset req.http.Edge-Url;
        unset req.http.Edge-Method;
        return (restart);
    }
    unset req.http.Edge-Url;
    if (resp.status >= 500) {
        return (synth(503, "Service Unavailable"));
    }
    return (synth(401, "Unauthorized"));
}

sub vcl_synth {
    set resp.http.Content-Type = "text/plain; charset=utf-8";
    set resp.http.Cache-Control = "no-store";
    if (req.http.n-gone) {
        set resp.http.n-gone = req.http.n-gone;
    }
    if (resp.status == 401) {
        set resp.http.WWW-Authenticate = "Bearer";
    }
    set resp.body = resp.reason + {"
"};
    return (deliver);
}
