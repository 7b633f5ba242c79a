package io.millrace.alert;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.alert.Alert.What;
import io.millrace.catalog.PipelineConfig;
import io.millrace.deadletter.DeadLetterWatch.Status;
import io.millrace.sink.SinkLag;
import io.millrace.sink.SinkState;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** When an alert begins and when it is over, what is told of it, and what is held against which property. */
final class AlertsTest {
    private static final long QUIET_MS = 60_000;

    private final Alerts alerts = new Alerts(QUIET_MS);

    private List<String> look(long atMs, Reading... readings) {
        return alerts.look(List.of(readings), atMs).stream()
                .map(alert -> alert.key() + (alert.isResolved() ? " is over" : " began"))
                .toList();
    }

    private static Reading lag(String sink, double seconds) {
        return new Reading(What.SINK_LAG, sink, seconds, 300);
    }

    /** The messages that are due, which are told then. */
    private List<String> told() {
        return alerts.due().stream()
                .map(due -> {
                    String key = due.idempotencyKey("shop");
                    alerts.told(due);
                    return key;
                })
                .toList();
    }

    @Test
    void anAlertBeginsOnceAndIsOverWhenAllIsQuiet() {
        assertThat(look(0, lag("a", 300))).isEmpty();
        assertThat(look(1_000, lag("a", 301), lag("b", 1))).containsExactly("sink.lag a began");
        assertThat(told()).containsExactly("shop-sink.lag-a-1000-firing");
        assertThat(look(2_000, lag("a", 400))).isEmpty();
        assertThat(look(3_000, lag("a", 2))).isEmpty();
        assertThat(look(50_000, lag("a", 400))).as("it goes up and down").isEmpty();
        assertThat(look(60_000)).as("there is no such sink any more").isEmpty();
        assertThat(told()).isEmpty();
        assertThat(look(60_000 + QUIET_MS)).containsExactly("sink.lag a is over");
        assertThat(told()).containsExactly("shop-sink.lag-a-1000-resolved");
        assertThat(told()).isEmpty();
        assertThat(look(200_000, lag("a", 301))).containsExactly("sink.lag a began");
        assertThat(told()).containsExactly("shop-sink.lag-a-200000-firing");
    }

    @Test
    void whoGoesOnTellsWhatIsNotTold() throws Exception {
        look(1_000, lag("a", 301), lag("b", 302));
        Alert first = alerts.due().get(0);
        Alerts next = new Alerts(QUIET_MS);
        next.restore(List.of(
                Alert.parse(alerts.told(first).json()),
                Alert.parse(alerts.due().get(0).json())));
        assertThat(next.look(List.of(lag("a", 400), lag("b", 400)), 9_000)).isEmpty();
        assertThat(next.due())
                .extracting(due -> due.idempotencyKey("shop"))
                .containsExactly("shop-sink.lag-b-1000-firing");
    }

    /** Of one that is over before the server has taken that it began, both are told. */
    @Test
    void nothingIsLeftOut() {
        look(1_000, lag("a", 301));
        look(2_000);
        look(2_000 + QUIET_MS);
        assertThat(told()).containsExactly("shop-sink.lag-a-1000-firing");
        assertThat(told()).containsExactly("shop-sink.lag-a-1000-resolved");
    }

    @Test
    void aMessageSaysWhatItIs() {
        look(1_764_252_000_000L, lag("a", 301.5));
        Alert alert = alerts.due().get(0);
        assertThat(alert.message("shop"))
                .isEqualTo("{\"id\":\"shop-sink.lag-a-1764252000000\",\"pipeline\":\"shop\",\"state\":\"firing\","
                        + "\"what\":\"sink.lag\",\"sink\":\"a\",\"value\":301.5,\"threshold\":300.0,"
                        + "\"since\":\"2025-11-27T14:00:00Z\"}");
        assertThat(alert.asTold().resolvedAt(1_764_252_060_000L).message("shop"))
                .contains("\"state\":\"resolved\"", "\"resolved_at\":\"2025-11-27T14:01:00Z\"");
    }

    @Test
    void thePropertiesSayWhatIsTooMuch() {
        Thresholds thresholds = new Thresholds(PipelineConfig.read(
                        "alerts.dead.letters.per.minute = 5\nalerts.dead.letter.age.ms = 60000\nalerts.sink.lag.ms = 7000"
                                + "\nalerts.sink.down.ms = 10000",
                        "millrace.properties",
                        "app",
                        Map.of())
                .config());
        assertThat(exceeding(thresholds, 0, new Status(9, Optional.of(-70_000L), 0), sink("FAILED", 6, false)))
                .containsExactly("dead.letter.age a.dlq");
        assertThat(exceeding(thresholds, 11_000, new Status(9, Optional.of(0L), 6), sink("FAILED", 8, true)))
                .containsExactly("dead.letters.per.minute a.dlq", "sink.lag s", "sink.down s", "sink.breaker s");
        assertThat(exceeding(thresholds, 12_000, new Status(9, Optional.empty(), 6), sink("STOPPED", 1, false)))
                .containsExactly("dead.letters.per.minute a.dlq");
        assertThat(exceeding(thresholds, 80_000, new Status(9, Optional.empty(), 6), sink("FAILED", 1, false)))
                .isEmpty();
        thresholds.clear();
        assertThat(exceeding(thresholds, 140_000, new Status(9, Optional.empty(), 99), sink("FAILED", 1, false)))
                .as("what it was before another instance looked")
                .isEmpty();
    }

    private static List<String> exceeding(Thresholds thresholds, long atMs, Status status, SinkState sink) {
        return thresholds.readings(Map.of("a.dlq", status), List.of(sink), atMs).stream()
                .filter(Reading::exceeds)
                .map(Reading::key)
                .toList();
    }

    private static SinkState sink(String state, long lagSeconds, boolean breakerOpen) {
        SinkLag lag = new SinkLag(1, false, Optional.of(0L), Map.of(), lagSeconds * 1_000);
        return new SinkState(
                "s", "postgres", "users", "app.s", state, 1, Optional.empty(), Optional.of(lag), breakerOpen);
    }

    @Test
    void aBudgetThatHoldsInstancesBackIsAnAlertOfItsService() {
        Alert alert = new Alerts(1_000)
                .look(List.of(Reading.ofBudget("web", 12, 5)), 0)
                .get(0);
        assertThat(alert.message("shop"))
                .isEqualTo(
                        "{\"id\":\"shop-scaling.budget-web-0\",\"pipeline\":\"shop\",\"state\":\"firing\",\"what\":\"scaling.budget\","
                                + "\"service\":\"web\",\"value\":12.0,\"threshold\":5.0,\"since\":\"1970-01-01T00:00:00Z\"}");
    }
}
