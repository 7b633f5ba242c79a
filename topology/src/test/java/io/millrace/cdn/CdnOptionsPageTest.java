package io.millrace.cdn;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
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
        String page = Files.readString(PAGE);
        int from = page.indexOf(BEGIN) + BEGIN.length();
        int to = page.indexOf(END, from);
        if (Boolean.getBoolean("millrace.rewrite")) {
            page = page.substring(0, from) + table() + page.substring(to);
            Files.writeString(PAGE, page);
            to = page.indexOf(END, from);
        }
        assertThat(page.substring(from, to)).isEqualTo(table());
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
