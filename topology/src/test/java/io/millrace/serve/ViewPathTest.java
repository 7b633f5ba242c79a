package io.millrace.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

final class ViewPathTest {
    @Property(tries = 300)
    void whatIsWrittenIsReadBack(@ForAll @Size(max = 4) List<String> texts) {
        // Lone surrogates are no text that PostgreSQL could hold, and neither is the character 0.
        List<String> key = texts.stream()
                .map(text -> text.replaceAll("[\\ud800-\\udfff\\x00]", "_"))
                .toList();
        assertThat(ViewPath.parse(ViewPath.rows("a view", key).encoded())).isEqualTo(ViewPath.rows("a view", key));
    }

    @Test
    void nullIsToldFromTheTextByNotBeingEncoded() {
        ViewPath path = ViewPath.rows("v", Arrays.asList("a", null));
        assertThat(path.encoded()).isEqualTo("/v1/views/v/a/$null");
        assertThat(ViewPath.parse(path.encoded())).isEqualTo(path);
        assertThat(ViewPath.rows("v", List.of("$null")).encoded()).isEqualTo("/v1/views/v/%24null");
    }

    @Test
    void theChangeFeedIsToldFromAKeyOfThatName() {
        assertThat(ViewPath.parse("/v1/views/v/changes")).isEqualTo(ViewPath.changes("v"));
        assertThat(ViewPath.parse("/v1/views/v/%63hanges")).isEqualTo(ViewPath.rows("v", List.of("changes")));
        assertThat(ViewPath.parse("/v1/views/v/changes/1")).isEqualTo(ViewPath.rows("v", List.of("changes", "1")));
    }
}
