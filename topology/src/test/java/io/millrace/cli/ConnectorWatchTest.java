package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.sink.DeployedConnector;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ConnectorWatchTest {
    private static final String NAME = "millrace-shop-s1";

    private final ConnectorWatch watch = new ConnectorWatch(Set.of(NAME));

    private static DeployedConnector connector(String state, String task) {
        return new DeployedConnector(Map.of(), state, "", List.of(new DeployedConnector.Task(0, task, "")));
    }

    private Optional<String> look(String task, long milliseconds) {
        return watch.look(NAME, connector("RUNNING", task), TimeUnit.MILLISECONDS.toNanos(milliseconds));
    }

    @ParameterizedTest
    @ValueSource(strings = {"RUNNING", "FAILED"})
    void ofAChangedConnectorOnlyWhatLastsCounts(String state) {
        assertThat(look(state, 0)).isEmpty();
        assertThat(look(state, 1_999)).isEmpty();
        assertThat(look(state, 2_000)).contains(state);
    }

    @Test
    void aStateThatCameBackHasNotLasted() {
        assertThat(look("FAILED", 0)).isEmpty();
        assertThat(look("RUNNING", 1_500)).isEmpty();
        assertThat(look("FAILED", 2_500)).isEmpty();
        assertThat(look("UNASSIGNED", 3_000)).isEmpty();
        assertThat(look("UNASSIGNED", 9_000)).isEmpty();
        assertThat(look("RUNNING", 9_500)).isEmpty();
        assertThat(look("RUNNING", 11_500)).contains("RUNNING");
    }

    @Test
    void whatWasNotChangedCountsAtOnce() {
        assertThat(watch.look("another", connector("RUNNING", "RUNNING"), 0)).contains("RUNNING");
        assertThat(watch.look("another", connector("RUNNING", "FAILED"), 1)).contains("FAILED");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PAUSED", "STOPPED"})
    void whatSomebodyHaltedIsNoFailure(String state) {
        assertThat(watch.look("another", connector(state, "FAILED"), 0)).contains(state);
        assertThat(ConnectorWatch.isHalted(state)).isTrue();
    }
}
