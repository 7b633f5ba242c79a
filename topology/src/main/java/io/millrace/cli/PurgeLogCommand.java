package io.millrace.cli;

import io.millrace.catalog.UserError;
import io.millrace.invalidation.InvalidationLog;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace purge log}: invalidations and what came of each, the newest first. */
@Command(
        name = "log",
        description = "Show what caches were told to forget and what each of them answered, the newest first.")
final class PurgeLogCommand implements Callable<Integer> {
    private static final int DEFAULT_LIMIT = 100;

    @Mixin
    private CdnAccess access;

    @Mixin
    private PurgeLogFilters filters;

    @Option(names = "--limit", paramLabel = "N", description = "Show at most so many; default: 100.")
    private int limit = DEFAULT_LIMIT;

    @Option(names = "--follow", description = "Show each as it comes, and what caches answer, until Ctrl-C.")
    private boolean follow;

    @Override
    public Integer call() {
        access.open();
        filters.ofApplication(access.application());
        if (follow) {
            if (access.has("--since") || access.has("--limit")) {
                throw UserError.of(
                        UserError.Category.USAGE,
                        "--follow shows what comes from now on, so that --since and --limit say nothing",
                        "leave them out, or --follow");
            }
            follow();
            return Millrace.OK;
        }
        InvalidationLog log = access.log();
        List<PurgeEntries.Entry> entries =
                PurgeEntries.read(log, filters.sinceMs(), filters::includes, filters::includes, limit);
        PurgeEntries.print(access, entries);
        access.out().flush();
        access.tellUnreadable(log);
        return Millrace.OK;
    }

    private void follow() {
        access.log()
                .follow(
                        told -> {
                            if (filters.includes(told.invalidation())) {
                                say(new PurgeEntries.Entry(told, new ArrayList<>()));
                            }
                        },
                        purge -> {
                            if (filters.includes(purge) && access.json()) {
                                access.out().println(PurgeEntries.json(access, purge));
                                access.out().flush();
                            } else if (filters.includes(purge)) {
                                long since = purge.firstCommittedAtMicros() == null
                                        ? purge.purgedAtMicros()
                                        : purge.firstCommittedAtMicros();
                                access.out()
                                        .println(PurgeEntries.time(purge.purgedAtMicros()) + " "
                                                + PurgeEntries.target(purge.kind(), purge.target()) + ": "
                                                + PurgeEntries.answer(purge, since));
                                access.out().flush();
                            }
                        },
                        () -> !Thread.currentThread().isInterrupted());
    }

    private void say(PurgeEntries.Entry entry) {
        if (access.json()) {
            access.out().println(PurgeEntries.json(access, entry));
        } else {
            var told = entry.logged().invalidation();
            access.out()
                    .println(PurgeEntries.time(told.emittedAtMicros()) + " "
                            + PurgeEntries.target(told.kind(), told.target()) + ": told, " + told.reason());
        }
        access.out().flush();
    }
}
