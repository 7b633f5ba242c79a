package io.millrace.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.invalidation.AskedInvalidations;
import io.millrace.row.Row;
import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Invalidation.TargetKind;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace purge}: tells caches to forget a tag or a URL, whatever changed. */
@Command(
        name = "purge",
        description =
                "Tell the caches to forget a tag or a page, as sinks of type cdn do for each change; or, with a command,"
                        + " look at what they were told.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {PurgeLogCommand.class, PurgeStatsCommand.class, PurgeExplainCommand.class})
final class PurgeCommand implements Callable<Integer> {
    private static final long MICROS_PER_MILLI = 1_000;
    private static final String REASON = "asked for";
    private static final int SHOWN_ROWS = 20;

    @Mixin
    private CdnAccess access;

    @Option(names = "--tag", paramLabel = "TAG", description = "A tag to forget; may be written several times.")
    private List<String> tags = new ArrayList<>();

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "A page to forget: a path with its query, or an absolute URL; may be written several times.")
    private List<String> urls = new ArrayList<>();

    @Option(
            names = "--dry-run",
            description = "Write nothing: say what would be written, and which sinks' rows stand behind it.")
    private boolean dryRun;

    @Option(
            names = "--server",
            paramLabel = "URL",
            description =
                    "With --dry-run, the Millrace to ask for rows; default: MILLRACE_SERVER, else the running stack's.")
    private String server;

    @Override
    public Integer call() {
        if (tags.isEmpty() && urls.isEmpty()) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "nothing is named that is to be forgotten",
                    "name a tag, --tag user/42, or a page, --url /p/7; or ask for purge log, stats or explain");
        }
        access.open();
        List<Invalidation> asked = new ArrayList<>();
        tags.forEach(tag -> asked.add(invalidation(TargetKind.TAG, tag)));
        urls.forEach(url -> asked.add(invalidation(TargetKind.URL, url)));
        if (dryRun && !access.json()) {
            asked.forEach(this::explain);
        } else if (!dryRun) {
            AskedInvalidations.write(access.properties(), asked);
        }
        String topic = access.properties().get(PipelineConfig.CDN_INVALIDATIONS_TOPIC);
        for (Invalidation each : asked) {
            if (access.json()) {
                ObjectNode node = access.object()
                        .put("topic", topic)
                        .put("key", each.key())
                        .put("written", !dryRun);
                if (dryRun) {
                    putMatches(node.putArray("matches"), each);
                }
                access.out().println(node);
            } else {
                access.out().println((dryRun ? "would be written to " : "written to ") + topic + ": " + each.key());
            }
        }
        if (!dryRun && !access.json()) {
            access.out().println("millrace purge log shows what the caches answer");
        }
        access.out().flush();
        return Millrace.OK;
    }

    private Invalidation invalidation(TargetKind kind, String target) {
        boolean isTag = kind == TargetKind.TAG;
        boolean broken = target.isEmpty()
                || target.chars().anyMatch(c -> c <= ' ' || c >= 0x7f || (isTag && ",\"'".indexOf(c) >= 0));
        if (broken) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "'" + target + "' is no " + (isTag ? "tag" : "URL") + ": there is nothing in it, or what none has",
                    "write it as caches know it: blanks are %20 there, and so on");
        }
        if (!isTag && !target.startsWith("/") && !target.startsWith("http://") && !target.startsWith("https://")) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "'" + target + "' is no URL that caches know",
                    "begin it with its path, /p/7, or with its scheme, https://example.com/p/7");
        }
        return new Invalidation(
                access.properties().get(PipelineConfig.APPLICATION_ID),
                "",
                kind,
                target,
                false,
                REASON,
                0,
                null,
                null,
                null,
                null,
                System.currentTimeMillis() * MICROS_PER_MILLI,
                null);
    }

    private void putMatches(ArrayNode into, Invalidation asked) {
        TargetMatches targets = new TargetMatches(access.planned(), access.sinks());
        for (TargetMatches.Match match : targets.of(asked.kind(), asked.target())) {
            TargetMatches.Found found = targets.rows(match, server, SHOWN_ROWS);
            ObjectNode node = into.addObject()
                    .put("sink", match.sink().name())
                    .put("view", match.view().name())
                    .put("template", match.template().text());
            found.why().ifPresent(why -> node.put("no_row", why));
            found.shown().forEach(node.putArray("rows")::add);
            TargetMatches.urls(match, found.rows()).forEach(node.putArray("pages")::add);
        }
    }

    /** Says which rows stand behind a target, as far as they can be looked up. */
    private void explain(Invalidation asked) {
        PrintWriter out = access.out();
        TargetMatches targets = new TargetMatches(access.planned(), access.sinks());
        List<TargetMatches.Match> matches = targets.of(asked.kind(), asked.target());
        String shown = PurgeEntries.target(asked.kind(), asked.target());
        if (matches.isEmpty()) {
            out.println(shown + ": no sink has a template that makes it; caches forget it all the same");
        }
        for (TargetMatches.Match match : matches) {
            out.println(shown + " is of sink " + match.sink().name() + " by "
                    + match.template().text() + (match.values().isEmpty() ? "" : ": " + match.shown()));
            TargetMatches.Found found = targets.rows(match, server, SHOWN_ROWS + 1);
            found.why().ifPresent(why -> out.println("  no row: " + why));
            List<Row> rows =
                    found.rows().subList(0, Math.min(SHOWN_ROWS, found.rows().size()));
            Set<String> pages = TargetMatches.urls(match, rows);
            if (!rows.isEmpty()) {
                out.println("  " + rows.size() + (found.rows().size() > SHOWN_ROWS ? " and more" : "")
                        + (rows.size() == 1 ? " row" : " rows") + " of view "
                        + match.view().name()
                        + (pages.isEmpty() ? "" : ", with the pages " + String.join(", ", pages)));
            }
        }
    }
}
