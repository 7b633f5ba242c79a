package io.millrace.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.SqlType;
import io.millrace.row.KeyCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class RememberedIdsTest {
    private static final long FOR = 100;

    /** The entry that says up to where events have passed. */
    private static final int PASSED = 1;

    private MemoryState state = new MemoryState();
    private RememberedIds ids = new RememberedIds(state, FOR);

    private boolean take(String id, long time) {
        return ids.take(KeyCodec.of(List.of(SqlType.TEXT)).encode(id), time);
    }

    private void passTo(long time) {
        ids.passTo(time);
        ids.forget(Integer.MAX_VALUE);
    }

    @Test
    void anIdCountsOnceWithinItsTime() {
        assertThat(take("a", 1_000)).isTrue();
        assertThat(take("b", 1_000)).isTrue();
        assertThat(take("a", 1_000)).isFalse();
        assertThat(take("a", 1_000 + FOR - 1)).isFalse();
        assertThat(take("a", 1_000 + FOR)).isTrue();
        assertThat(take("a", 1_000 + FOR + 1)).as("of the second that counts").isFalse();
    }

    @Test
    void whatIsDroppedDoesNotKeepItsIdLonger() {
        assertThat(take("a", 1_000)).isTrue();
        assertThat(take("a", 1_000 + FOR - 1)).isFalse();
        assertThat(take("a", 1_000 + FOR + 1)).isTrue();
    }

    @Test
    void anEarlierEventThatComesLaterIsOneThatComesAgain() {
        assertThat(take("a", 1_000)).isTrue();
        assertThat(take("a", 1_000 - FOR + 1)).isFalse();
        assertThat(take("a", 1_000 - FOR)).isTrue();
    }

    @Test
    void anEventThatIsNoLaterThanItsTimeIsToldExactly() {
        take("a", 1_000);
        take("b", 1_000 + FOR);
        passTo(1_000 + 2 * FOR - 1);
        assertThat(take("a", 1_000 + FOR - 1)).isFalse();
        assertThat(take("c", 1_000 + FOR)).isTrue();
        passTo(1_000 + 2 * FOR);
        assertThat(take("b", 1_000 + FOR)).isFalse();
    }

    @Test
    void anEventThatIsLaterCountsWhereItsIdIsForgottenAndIsRememberedThen() {
        take("a", 1_000);
        passTo(1_000 + 2 * FOR);
        assertThat(state.size()).isEqualTo(PASSED);
        assertThat(take("a", 1_000)).isTrue();
        assertThat(take("a", 1_000)).isFalse();
        passTo(1_000 + 4 * FOR - 1);
        assertThat(take("a", 1_000)).isFalse();
        passTo(1_000 + 4 * FOR);
        assertThat(state.size()).isEqualTo(PASSED);
    }

    @Test
    void whatIsLateStaysLateAfterARestart() {
        passTo(1_000 + 10 * FOR);
        ids = new RememberedIds(state, FOR);
        assertThat(take("a", 1_000)).isTrue();
        passTo(1_000 + 12 * FOR - 1);
        assertThat(take("a", 1_000)).isFalse();
        passTo(1_000 + 12 * FOR);
        assertThat(state.size()).isEqualTo(PASSED);
    }

    /** As when a topic is read from its beginning, before it is known what events have passed. */
    @Test
    void anIdThatCountsOftenCostsNoMore() {
        long started = System.nanoTime();
        for (long i = 0; i < 100_000; i++) {
            assertThat(take("a", i * FOR)).isTrue();
            assertThat(take("a", i * FOR + FOR - 1)).isFalse();
        }
        assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(10));
        int[] longest = {0};
        state.scan(new byte[0], (key, value) -> {
            longest[0] = Math.max(longest[0], value.length);
            return true;
        });
        assertThat(longest[0]).isEqualTo(Long.BYTES);
    }

    @Test
    void asManyAreForgottenAsCome() {
        for (long time = 1; time <= 100_000; time++) {
            ids.passTo(time);
            assertThat(take("id" + time, time)).isTrue();
        }
        assertThat(state.size()).isLessThan(2 * (2 * (int) FOR + 1_000));
    }

    /** Whenever ids are forgotten, and whether or not there was a restart, the same events count; some of the latest may. */
    @Test
    void whatCountsDependsOnWhatCameAlone() {
        for (int history = 0; history < 300; history++) {
            long seed = System.nanoTime();
            Random random = new Random(seed);
            Map<String, List<Counted>> counted = new HashMap<>();
            state = new MemoryState();
            ids = new RememberedIds(state, FOR);
            long passed = random.nextInt(1_000) - 500L;
            ids.passTo(passed);
            ids.forget(1);
            for (int i = 0; i < 300; i++) {
                // Some come early, most are no later than their time.
                long late = random.nextInt(5) == 0 ? 4 * FOR : FOR;
                long time = passed - late + random.nextInt(3 * (int) FOR);
                String id = "id" + random.nextInt(8);
                List<Counted> before = counted.computeIfAbsent(id, any -> new ArrayList<>());
                boolean known = false;
                boolean perhaps = false;
                for (Counted other : before) {
                    boolean near = Math.abs(other.time - time) < FOR;
                    known |= near && other.forgotten > passed;
                    perhaps |= near;
                }
                boolean counts = take(id, time);
                if (known || !perhaps) {
                    assertThat(counts).as("seed %d, event %d", seed, i).isEqualTo(!known);
                }
                if (counts) {
                    before.add(new Counted(time, Math.max(time, passed) + 2 * FOR));
                }
                switch (random.nextInt(6)) {
                    case 0 -> {
                        passed += random.nextInt((int) FOR);
                        ids.passTo(passed);
                        ids.forget(1 + random.nextInt(5));
                    }
                    case 1 -> ids.forget(1 + random.nextInt(5));
                    // It does not know yet how far events have come.
                    case 2 -> ids = new RememberedIds(state, FOR);
                    default -> {}
                }
            }
            long remembered = counted.values().stream().mapToLong(List::size).sum();
            passTo(passed + 2 * FOR);
            assertThat(state.size()).as("seed %d", seed).isLessThan((int) remembered);
            passTo(passed + 6 * FOR);
            assertThat(state.size()).as("seed %d", seed).isEqualTo(PASSED);
        }
    }

    /** An event that counted, and the time that events must have passed for its id to be forgotten. */
    private record Counted(long time, long forgotten) {}
}
