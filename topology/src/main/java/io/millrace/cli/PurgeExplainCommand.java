package io.millrace.cli;

import io.millrace.catalog.UserError;
import io.millrace.cdn.CdnSink;
import io.millrace.cdn.Template;
import io.millrace.schemas.Invalidation.TargetKind;
import java.io.PrintWriter;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace purge explain URL}: what stands behind a page, and when caches were told last to forget it. */
@Command(
        name = "explain",
        description =
                "Say what stands behind a page: the sinks whose templates make its URL, its row, its tags, and what"
                        + " caches were told last.")
final class PurgeExplainCommand implements Callable<Integer> {
    private static final int MOST_ROWS = 20;

    @Mixin
    private CdnAccess access;

    @Option(
            names = "--server",
            paramLabel = "URL",
            description = "The Millrace to ask for rows; default: MILLRACE_SERVER, else the running stack's.")
    private String server;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            description = "Show what caches were told then or later, written as purge log --since; default: 1d.")
    private String since = "1d";

    @Option(names = "--limit", paramLabel = "N", description = "Show at most so many invalidations; default: 10.")
    private int limit = 10;

    @Parameters(paramLabel = "URL", description = "The page: a path with its query, or an absolute URL.")
    private String url;

    @Override
    public Integer call() {
        access.open();
        PrintWriter out = access.out();
        List<CdnSink> sinks = access.sinks();
        TargetMatches targets = new TargetMatches(access.planned(), sinks);
        List<TargetMatches.Match> matches = targets.of(TargetKind.URL, url);
        if (matches.isEmpty()) {
            throw UserError.of(
                    UserError.Category.NOT_FOUND,
                    "no sink has a template that makes " + url,
                    sinks.isEmpty()
                            ? "a sink of type 'cdn' has templates of URLs: docs/cdn.md"
                            : "their templates are "
                                    + sinks.stream()
                                            .flatMap(sink -> sink.urls().stream())
                                            .map(Template::text)
                                            .collect(Collectors.joining(", ")));
        }
        Set<String> wanted = new HashSet<>();
        for (TargetMatches.Match match : matches) {
            TargetMatches.Found found = targets.rows(match, server, MOST_ROWS);
            Set<String> tags = TargetMatches.tags(match, found.rows());
            tags.addAll(TargetMatches.tags(match, List.of(TargetMatches.known(match))));
            tags.forEach(tag -> wanted.add("tag:" + tag));
            wanted.add("url:" + match.text());
            TargetMatches.urls(match, found.rows()).forEach(each -> wanted.add("url:" + each));
            if (!access.json()) {
                out.println(url + " is a page of sink " + match.sink().name() + " by "
                        + match.template().text() + (match.values().isEmpty() ? "" : ": " + match.shown()));
                found.why().ifPresent(why -> out.println("  no row: " + why));
                found.shown()
                        .forEach(row ->
                                out.println("  row of view " + match.view().name() + ": " + row));
                out.println("  tags: " + (tags.isEmpty() ? "none" : String.join(", ", tags)));
            } else {
                var node = access.object()
                        .put("sink", match.sink().name())
                        .put("view", match.view().name())
                        .put("template", match.template().text());
                match.values().forEach(node.putObject("values")::put);
                found.shown().forEach(node.putArray("rows")::add);
                tags.forEach(node.putArray("tags")::add);
                out.println(node);
            }
        }
        wanted.add("url:" + url);
        if (!access.json()) {
            out.println();
            out.println("what caches were told of it:");
        }
        PurgeEntries.print(
                access,
                PurgeEntries.read(
                        access.log(),
                        DlqFilters.millis("--since", since, java.time.Instant.now()),
                        each -> wanted.contains(each.key()),
                        each -> true,
                        limit));
        out.flush();
        return Millrace.OK;
    }
}
