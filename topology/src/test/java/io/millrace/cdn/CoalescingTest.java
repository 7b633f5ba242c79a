package io.millrace.cdn;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.row.Origin;
import io.millrace.schemas.Invalidation.TargetKind;
import io.millrace.sql.Sink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.junit.jupiter.api.Test;

class CoalescingTest {
    private static final int WINDOW_MS = 50;
    private static final int HOT_CHANGES = 5;
    private static final int HOT_INTERVAL_MS = 1_000;
    private static final int MASS_INTERVAL_MS = 20_000;
    private static final int TICK_MS = 10;
    private static final CdnSink SINK = CdnSink.of(new Sink(
            "pages",
            CdnSink.TYPE,
            "photo_card",
            Optional.empty(),
            Map.of(
                    "tags", "photo/{photo_id}",
                    "window_ms", Integer.toString(WINDOW_MS),
                    "hot_changes", Integer.toString(HOT_CHANGES),
                    "hot_interval_ms", Integer.toString(HOT_INTERVAL_MS),
                    "mass_interval_ms", Integer.toString(MASS_INTERVAL_MS))));

    /** What happens, that long after what happened before; a change was seen by so many milliseconds earlier. */
    private record Step(int afterMs, Kind kind, int target, int position, int wayMs) {}

    private enum Kind {
        CHANGE,
        COMMIT,
        CRASH
    }

    private record Told(TargetId id, long atMs, long changes, Integer ttlSeconds, boolean afterRestart) {}

    private record Taken(TargetId id, long position, long atMs) {}

    /**
     * The application, in one thread: it reads changes, has its store, and writes what is told; all of that since the last commit is gone
     * when it crashes, and is read again.
     */
    private static final class Application implements Coalescing.Store {
        private final List<TargetChange> input = new ArrayList<>();
        private Map<TargetId, PendingTarget> pending = new HashMap<>();
        private List<Told> told = new ArrayList<>();
        private List<Taken> taken = new ArrayList<>();
        private Map<TargetId, PendingTarget> committedPending = Map.of();
        private List<Told> committedTold = List.of();
        private List<Taken> committedTaken = List.of();
        private Coalescing coalescing = new Coalescing(name -> SINK, this, List.of());
        private long nowMs = 1_000_000;
        private long nextTickMs = nowMs + TICK_MS;
        private boolean restarted;
        private final List<Long> crashedAtMs = new ArrayList<>();

        void advanceTo(long ms) {
            while (nextTickMs <= ms) {
                nowMs = nextTickMs;
                nextTickMs += TICK_MS;
                coalescing.advance(
                        nowMs, (each, ttl) -> told.add(new Told(each.id(), nowMs, each.changes(), ttl, restarted)));
                restarted = false;
            }
            nowMs = ms;
        }

        void change(TargetChange change) {
            change(change, 0);
        }

        void change(TargetChange change, int wayMs) {
            input.add(change);
            take(change, wayMs);
        }

        private void take(TargetChange change, int wayMs) {
            coalescing.changed(change, nowMs - wayMs, nowMs);
            taken.add(new Taken(change.id(), change.origin().position(), nowMs));
        }

        void commit() {
            committedPending = Map.copyOf(pending);
            committedTold = List.copyOf(told);
            committedTaken = List.copyOf(taken);
        }

        void crash() {
            crashedAtMs.add(nowMs);
            pending = new HashMap<>(committedPending);
            told = new ArrayList<>(committedTold);
            taken = new ArrayList<>(committedTaken);
            coalescing = new Coalescing(name -> SINK, this, List.copyOf(pending.values()));
            restarted = true;
            input.subList(taken.size(), input.size()).forEach(change -> take(change, 0));
        }

        @Override
        public PendingTarget get(TargetId id) {
            return pending.get(id);
        }

        @Override
        public void put(PendingTarget each) {
            pending.put(each.id(), each);
        }

        @Override
        public void remove(TargetId id) {
            pending.remove(id);
        }
    }

    /** Its first row was on its way for almost all of the window. */
    @Test
    void rowsThatComeApartAreToldOnceWhereChangesHaveSeveral() {
        Application application = new Application();
        long atMs = application.nowMs;
        for (int position = 1; position <= 3; position++) {
            application.advanceTo(atMs + position * 500L);
            application.change(change(1, position), 45);
            application.advanceTo(application.nowMs + (position == 1 ? 0 : 20));
            application.change(change(1, position), 45);
        }
        application.advanceTo(application.nowMs + 1_000);
        assertThat(application.told).extracting(Told::changes).containsExactly(2L, 2L, 2L);
    }

    @Provide
    Arbitrary<List<Step>> histories() {
        Arbitrary<Step> steps = Combinators.combine(
                        Arbitraries.frequencyOf(
                                Tuple.of(8, Arbitraries.integers().between(0, 30)),
                                Tuple.of(2, Arbitraries.integers().between(0, 1_500))),
                        Arbitraries.frequency(
                                Tuple.of(16, Kind.CHANGE), Tuple.of(3, Kind.COMMIT), Tuple.of(1, Kind.CRASH)),
                        Arbitraries.integers().between(0, 2),
                        Arbitraries.integers().between(1, 6),
                        Arbitraries.integers().between(-10, 2 * WINDOW_MS))
                .as(Step::new);
        return steps.list().ofMaxSize(150);
    }

    private static Application run(List<Step> history) {
        Application application = new Application();
        for (Step step : history) {
            application.advanceTo(application.nowMs + step.afterMs);
            switch (step.kind) {
                case CHANGE -> application.change(change(step.target, step.position), step.wayMs);
                case COMMIT -> application.commit();
                case CRASH -> application.crash();
            }
        }
        application.advanceTo(application.nowMs + 10_000);
        return application;
    }

    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void everyChangeIsToldAfterItOnceAWindowAndWithinTheBoundWhateverCrashes(@ForAll("histories") List<Step> history) {
        Application application = run(history);
        for (int target = 0; target < 3; target++) {
            TargetId id = id(target);
            assertThat(application.told.stream()
                            .filter(told -> told.id.equals(id))
                            .mapToLong(Told::changes)
                            .sum())
                    .isEqualTo(application.input.stream()
                            .filter(change -> change.id().equals(id))
                            .count());
        }
        for (Taken taken : application.taken) {
            long rows = application.taken.stream()
                    .filter(each -> each.id.equals(taken.id) && each.position == taken.position)
                    .count();
            int bound = rows < Coalescing.MASS_ROWS ? HOT_INTERVAL_MS : MASS_INTERVAL_MS;
            assertThat(application.told)
                    .anyMatch(told -> told.id.equals(taken.id)
                            && told.atMs >= taken.atMs
                            // After a restart all is told at once, but time may have passed before it.
                            && (told.afterRestart || told.atMs <= taken.atMs + bound + TICK_MS));
        }
        Map<TargetId, Long> before = new HashMap<>();
        for (Told told : application.told) {
            Long last = before.put(told.id, told.atMs);
            // When it was told before a crash is not known after it.
            boolean crashed =
                    application.crashedAtMs.stream().anyMatch(at -> last != null && at >= last && at <= told.atMs);
            assertThat(last == null || crashed || told.atMs - last >= WINDOW_MS).isTrue();
        }
        assertThat(application.pending).isEmpty();
        assertThat(application.coalescing.remembered()).isZero();
        assertThat(application.coalescing.hot()).isZero();
    }

    @Test
    void aChangeIsToldAtTheEndOfItsWindow() {
        Application application = new Application();
        application.change(change(0, 1));
        application.advanceTo(application.nowMs + 2_000);
        assertThat(application.told).containsExactly(new Told(id(0), 1_000_000 + WINDOW_MS, 1, null, false));
    }

    /** A fifth of it is waited where changes meet, so that those are together that came together. */
    @Test
    void theWindowBeginsWhenTheChangeIsSeenBeforeItsWay() {
        Application application = new Application();
        application.change(change(0, 1), 20);
        application.change(change(1, 2), 1_000);
        application.change(change(2, 3), -500);
        application.advanceTo(application.nowMs + 2_000);
        assertThat(application.told)
                .containsExactly(
                        new Told(id(1), 1_000_000 + WINDOW_MS / 5, 1, null, false),
                        new Told(id(0), 1_000_000 + WINDOW_MS - 20, 1, null, false),
                        new Told(id(2), 1_000_000 + WINDOW_MS, 1, null, false));
    }

    @Test
    void aTargetIsToldOnceAWindowHoweverLongTheWaysOfItsChangesAre() {
        Application application = new Application();
        application.change(change(0, 1), 40);
        application.advanceTo(application.nowMs + 20);
        assertThat(application.told).hasSize(1);
        application.change(change(0, 2), 40);
        application.advanceTo(application.nowMs + 2_000);
        assertThat(application.told)
                .containsExactly(
                        new Told(id(0), 1_000_010, 1, null, false),
                        new Told(id(0), 1_000_010 + WINDOW_MS, 1, null, false));
    }

    @Test
    void theRowsOfOneChangeAreToldOnceHoweverManyTheyAre() {
        Application application = new Application();
        for (int i = 0; i < 100_000; i++) {
            if (i % 120 == 0) {
                application.advanceTo(application.nowMs + 1);
            }
            application.change(change(0, 1));
        }
        application.advanceTo(application.nowMs + 2_000);
        assertThat(application.told).extracting(Told::changes).containsExactly(100_000L);
    }

    @Test
    void portionsThatComeSlowlyForLongerThanAHotTargetWaitsAreOneAsWell() {
        Application application = new Application();
        for (int portion = 0; portion < 40; portion++) {
            // The first portions are small, and behind each one there is a pause.
            for (int i = 0; i < (portion < 3 ? 40 : 500); i++) {
                application.change(change(0, 1));
            }
            application.advanceTo(application.nowMs + (portion < 3 ? 120 : 400));
        }
        application.advanceTo(application.nowMs + 10_000);
        assertThat(application.told).extracting(Told::changes).containsExactly(37 * 500L + 120);
    }

    @Test
    void whatElseChangesDuringAMassChangeIsToldWithinTheHotInterval() {
        Application application = new Application();
        long otherAtMs = 0;
        for (int i = 0; i < 500; i++) {
            application.change(change(0, 1));
            if (i == 200) {
                otherAtMs = application.nowMs;
                application.change(change(0, 2));
            }
            application.advanceTo(application.nowMs + 10);
        }
        application.advanceTo(application.nowMs + 10_000);
        assertThat(application.told).hasSize(2);
        assertThat(application.told.get(0).atMs).isBetween(otherAtMs, otherAtMs + HOT_INTERVAL_MS + TICK_MS);
        assertThat(application.told.stream().mapToLong(Told::changes).sum()).isEqualTo(501);
    }

    @Test
    void aMassChangeThatDoesNotEndIsToldAtTheEndOfItsInterval() {
        Application application = new Application();
        for (int i = 0; i < 3_000; i++) {
            application.change(change(0, 1));
            application.advanceTo(application.nowMs + 10);
        }
        application.advanceTo(application.nowMs + 20_000);
        assertThat(application.told).hasSize(2);
        assertThat(application.told.get(0).atMs)
                .isBetween(1_000_000L + MASS_INTERVAL_MS, 1_000_000L + MASS_INTERVAL_MS + TICK_MS);
    }

    @Test
    void theEndOfALongMassChangeIsToldWithinAFewSeconds() {
        Application application = new Application();
        for (int i = 0; i < 1_550; i++) {
            application.change(change(0, 1));
            application.advanceTo(application.nowMs + 10);
        }
        long endedAtMs = application.nowMs;
        application.advanceTo(endedAtMs + 20_000);
        assertThat(application.told).hasSize(1);
        assertThat(application.told.get(0).atMs).isLessThanOrEqualTo(endedAtMs + 3_000 + TICK_MS);
    }

    @Test
    void afterAPartOfAMassChangeIsToldTheRestIsWaitedForByItsOwnTime() {
        Application application = new Application();
        for (int i = 0; i < 2_500; i++) {
            application.change(change(0, 1));
            application.advanceTo(application.nowMs + 10);
        }
        long endedAtMs = application.nowMs;
        application.advanceTo(endedAtMs + 20_000);
        assertThat(application.told).hasSize(2);
        // The rest came for five seconds, of which a quarter is waited.
        assertThat(application.told.get(1).atMs).isLessThanOrEqualTo(endedAtMs + 1_300 + TICK_MS);
    }

    @Test
    void rowsThatComeAFewTicksApartAreToldTogetherHoweverShortTheWindow() {
        CdnSink brief = CdnSink.of(new Sink(
                "pages",
                CdnSink.TYPE,
                "photo_card",
                Optional.empty(),
                Map.of("tags", "photo/{photo_id}", "window_ms", "1")));
        assertThat(brief.quietMs()).isEqualTo(5 * TICK_MS);
        assertThat(SINK.quietMs()).isEqualTo(10 * WINDOW_MS);
    }

    @Test
    void aChangeInBetweenDoesNotEndTheWaitForTheRowsOfAnother() {
        Application application = new Application();
        for (int i = 0; i < 300; i++) {
            application.change(change(0, i % 50 == 0 ? 1_000 + i : 1));
            application.advanceTo(application.nowMs + 2);
        }
        application.advanceTo(application.nowMs + 2_000);
        assertThat(application.told).extracting(Told::changes).containsExactly(300L);
    }

    @Test
    void aFewRowsOfOneChangeAreToldAWindowAfterTheLast() {
        Application application = new Application();
        for (int i = 0; i < 8; i++) {
            application.change(change(0, 1));
            application.advanceTo(application.nowMs + 1);
        }
        application.advanceTo(application.nowMs + 2_000);
        assertThat(application.told).hasSize(1);
        assertThat(application.told.get(0).atMs).isLessThanOrEqualTo(1_000_000 + 8 + WINDOW_MS + TICK_MS);
    }

    @Test
    void aHotTargetIsToldOnceAnInterval() {
        Application application = new Application();
        for (int i = 0; i < 1_000; i++) {
            application.change(change(0, i + 1));
            application.advanceTo(application.nowMs + 10);
        }
        // Ten seconds of a hundred changes each.
        assertThat(application.told).hasSizeLessThanOrEqualTo(11);
        assertThat(application.told).extracting(Told::ttlSeconds).containsOnly(7200);
        assertThat(application.coalescing.hot()).isEqualTo(1);
        application.advanceTo(application.nowMs + 3_000);
        assertThat(application.told.stream().mapToLong(Told::changes).sum()).isEqualTo(1_000);
        // The last one, after which nobody changes it, says that it was hot, too.
        assertThat(application.told).extracting(Told::ttlSeconds).containsOnly(7200);
        assertThat(application.coalescing.hot()).isZero();
    }

    @Test
    void howHotATargetIsSaysForHowLongCachesMayKeepIt() {
        assertThat(List.of(SINK.ttlSeconds(4), SINK.ttlSeconds(5), SINK.ttlSeconds(49), SINK.ttlSeconds(50)))
                .containsExactly(300, 3600, 3600, 7200);
    }

    @Test
    void timeGoesOnWhenTheClockIsPutBack() {
        Application application = new Application();
        application.change(change(0, 1));
        application.advanceTo(application.nowMs + 20);
        application.nowMs -= 3_600_000;
        application.nextTickMs -= 3_600_000;
        application.change(change(1, 2));
        application.advanceTo(application.nowMs + 200);
        assertThat(application.told).extracting(Told::id).containsExactlyInAnyOrder(id(0), id(1));
    }

    private static TargetId id(int target) {
        return new TargetId(SINK.name(), TargetKind.TAG, "photo/" + target);
    }

    private static TargetChange change(int target, long position) {
        return new TargetChange(id(target), false, "insert", new Origin("s1", position, 1_000 * position), 1);
    }
}
