package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.http.Answer;
import io.millrace.schemas.Invalidation.TargetKind;
import java.util.List;
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
    public boolean hasTags() {
        return true;
    }

    @Override
    public Limits limits(TargetKind kind) {
        return kind == TargetKind.TAG ? new Limits(TAGS, TAG_BYTES, true) : Limits.ONE;
    }

    @Override
    public OptionalLong purge(Batch batch) throws DeliveryFailure {
        if (batch.kind() == TargetKind.TAG) {
            for (String tag : batch.targets()) {
                if (!TAG.matcher(tag).matches()) {
                    throw Refusals.ofTarget("a tag is not of printable characters without spaces and commas");
                }
            }
            String header = soft ? "xkey-softpurge" : "xkey-purge";
            return removed(servers.ask("PURGE", "/", Map.of(header, String.join(" ", batch.targets()))), true);
        }
        String url = batch.targets().get(0);
        if (Site.isPattern(url)) {
            String regex = "^" + escaped(Site.path(Site.prefix(url)));
            return removed(servers.ask("BAN", Site.prefix(url), Map.of("ban-url", regex)), false);
        }
        return removed(servers.ask("PURGE", url, soft ? Map.of("soft-purge", "1") : Map.of()), false);
    }

    /** As Varnish's regular expressions, which are PCRE's, take it literally. */
    private static String escaped(String text) {
        return SPECIAL.matcher(text).replaceAll("\\\\$0");
    }

    /**
     * How many went, of all servers together.
     *
     * @param counts whether the VCL always counts: an answer that does not is another server's, to which Varnish has passed
     *     a method that its VCL does not know
     */
    private static OptionalLong removed(List<Answer> answers, boolean counts) throws DeliveryFailure {
        long removed = 0;
        boolean all = true;
        for (Answer answer : answers) {
            OptionalLong gone = answer.headers().firstValueAsLong(COUNT);
            if (!answer.isSuccess()) {
                throw answer.status() == 404 ? Refusals.ofCache(answer, HINT) : Refusals.of(answer, HINT);
            }
            if (gone.isEmpty() && (counts || !saysPurged(answer))) {
                throw Refusals.ofCache(answer, "without the header " + COUNT + ": " + HINT);
            }
            removed += gone.orElse(0);
            all &= gone.isPresent();
        }
        return all ? OptionalLong.of(removed) : OptionalLong.empty();
    }

    /** What Varnish answers by itself to a purge, and VCL to a ban. */
    private static boolean saysPurged(Answer answer) {
        String text = answer.text().toLowerCase(Locale.ROOT);
        return text.contains("purged") || text.contains("banned") || text.contains("ban added");
    }
}
