package io.millrace.connectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The part of a page of docs/ that is made from code, between two comments.
 *
 * @param page the page
 * @param begin the line before it, with its end
 * @param end what is behind it
 */
public record GeneratedTable(Path page, String begin, String end) {
    /** Holds the page to a text, or with -Dmillrace.rewrite=true writes that text into it first. */
    public void assertIs(String table) throws IOException {
        String text = Files.readString(page);
        int from = text.indexOf(begin) + begin.length();
        int to = text.indexOf(end, from);
        if (Boolean.getBoolean("millrace.rewrite")) {
            text = text.substring(0, from) + table + text.substring(to);
            Files.writeString(page, text);
            to = text.indexOf(end, from);
        }
        assertThat(text.substring(from, to)).isEqualTo(table);
    }
}
