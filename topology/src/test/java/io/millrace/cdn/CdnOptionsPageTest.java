package io.millrace.cdn;

import io.millrace.connectors.GeneratedTable;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The options of sinks of type cdn in docs/cdn.md are those of the code; -Dmillrace.rewrite=true rewrites them. */
final class CdnOptionsPageTest {
    private static final Path PAGE = Path.of("..", "docs", "cdn.md");
    private static final String BEGIN =
            "<!-- Made from CdnOption: run CdnOptionsPageTest with -Dmillrace.rewrite=true. -->\n";
    private static final String END = "<!-- End of the options. -->";

    @Test
    void thePageHasEveryOption() throws IOException {
        new GeneratedTable(PAGE, BEGIN, END).assertIs(table());
    }

    private static String table() {
        StringBuilder table = new StringBuilder("\n| option | default | meaning |\n|---|---|---|\n");
        for (CdnOption option : CdnOption.values()) {
            String defaultText = option.defaultText().isEmpty() ? "" : "`" + option.defaultText() + "`";
            table.append("| `" + option.label() + "` | " + defaultText + " | " + option.documentation() + " |\n");
        }
        return table.append('\n').toString();
    }
}
