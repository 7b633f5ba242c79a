package io.millrace.connectors.cdn;

import io.millrace.connectors.cdn.Limits.Together;
import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.http.Answer;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * Varnish with the VCL of ops/varnish: tags by vmod xkey, URLs by PURGE, patterns of URLs by BAN. The answer's header {@code
 * n-gone} says how many objects went.
 */
final class Varnish implements Provider {
    static final String COUNT = "n-gone";

    /** Varnish's http_req_hdr_len is 8,192 by default, a header's name included. */
    private static final int TAG_BYTES = 7_000;

    private static final int TAGS = 100;
    private static final Pattern TAG = Pattern.compile("[!-~&&[^,]]+");
    private static final Pattern SPECIAL = Pattern.compile("[\\\\.\\[\\]{}()*+?^$|]");
    private static final String HINT =
            "its VCL must take PURGE and BAN from this worker, as that of ops/varnish does from the addresses of its acl";

    private final CacheServers servers;
    private final boolean soft;

    Varnish(CdnPurgeSinkConfig config) {
        this.servers = new CacheServers(config);
        this.soft = config.getBoolean(CdnPurgeSinkConfig.SOFT);
    }

    @Override
    public boolean takes(Way way) {
        return true;
    }

    @Override
    public Limits limits(Way way) {
        return way == Way.TAG ? new Limits(TAGS, TAG_BYTES, Together.OF_A_MASS) : Limits.ONE;
    }

    @Override
    public int servers(Way way) {
        return servers.size();
    }

    @Override
    public OptionalLong purge(Batch batch, int server) throws DeliveryFailure {
        if (batch.way() == Way.TAG) {
            for (String tag : batch.targets()) {
                if (!TAG.matcher(tag).matches()) {
                    throw Refusals.ofTarget("a tag is not of printable characters without spaces and commas");
                }
            }
            String header = soft ? "xkey-softpurge" : "xkey-purge";
            return removed(servers.ask(server, "PURGE", "/", Map.of(header, String.join(" ", batch.targets()))), true);
        }
        String url = batch.targets().get(0);
        if (batch.way() == Way.PATTERN) {
            String regex = "^" + escaped(Site.path(Site.prefix(url)));
            return removed(servers.ask(server, "BAN", Site.prefix(url), Map.of("ban-url", regex)), false);
        }
        return removed(servers.ask(server, "PURGE", url, soft ? Map.of("soft-purge", "1") : Map.of()), false);
    }

    /** As Varnish's regular expressions, which are PCRE's, take it literally. */
    private static String escaped(String text) {
        return SPECIAL.matcher(text).replaceAll("\\\\$0");
    }

    /**
     * How many went.
     *
     * @param counts whether the VCL always counts: an answer that does not is another server's, to which Varnish has passed
     *     a method that its VCL does not know
     */
    private static OptionalLong removed(Answer answer, boolean counts) throws DeliveryFailure {
        if (!answer.isSuccess()) {
            throw answer.status() == 404 ? Refusals.doubtful(answer, HINT) : Refusals.of(answer, HINT);
        }
        OptionalLong gone = answer.headers().firstValueAsLong(COUNT);
        if (gone.isEmpty() && (counts || !saysPurged(answer))) {
            throw Refusals.doubtful(answer, "without the header " + COUNT + ": " + HINT);
        }
        return gone;
    }

    /** What Varnish answers by itself to a purge, and VCL to a ban. */
    private static boolean saysPurged(Answer answer) {
        String text = answer.text().toLowerCase(Locale.ROOT);
        return text.contains("purged") || text.contains("banned") || text.contains("ban added");
    }
}
