package io.millrace.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.connectors.GeneratedTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The options of CREATE SINK in docs/replicas.md are the connectors' own properties; -Dmillrace.rewrite=true rewrites them. */
final class SinkOptionsPageTest {
    private static final Path PAGE = Path.of("..", "docs", "replicas.md");
    private static final String BEGIN =
            "<!-- Made from SinkType: run SinkOptionsPageTest with -Dmillrace.rewrite=true. -->\n";
    private static final String END = "<!-- End of the options. -->";

    @Test
    void thePageHasEveryOptionOfEveryType() throws IOException {
        new GeneratedTable(PAGE, BEGIN, END).assertIs(table());
    }

    private static String table() {
        StringBuilder table = new StringBuilder("\n| type | option | property of the connector |\n|---|---|---|\n");
        for (SinkType type : SinkType.ALL) {
            type.options()
                    .values()
                    .forEach(option -> table.append(
                            "| `" + type.name() + "` | `" + option.name() + "` | `" + option.property() + "` |\n"));
        }
        return table.append('\n').toString();
    }

    @Test
    void everyPropertyOfAConnectorIsAnOption() {
        for (SinkType type : SinkType.ALL) {
            assertThat(type.options().values().stream()
                            .map(SinkType.Option::property)
                            .filter(property -> !property.equals(SinkType.TASKS_PROPERTY))
                            .collect(Collectors.toSet()))
                    .isEqualTo(type.connector().get().config().configKeys().keySet().stream()
                            .filter(property -> !type.aside().test(property))
                            .collect(Collectors.toSet()));
            assertThat(type.options().keySet()).allMatch(name -> name.matches("[a-z_]+"));
            assertThat(type.shortNames().keySet())
                    .isSubsetOf(type.connector().get().config().configKeys().keySet());
        }
    }
}
