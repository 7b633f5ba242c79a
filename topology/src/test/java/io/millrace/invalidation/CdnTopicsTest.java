package io.millrace.invalidation;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.PipelineConfig;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class CdnTopicsTest {
    private static int revision(String caches) {
        PipelineConfig config = PipelineConfig.read(
                        "application.id=app\n" + caches, "millrace.properties", "app", Map.of())
                .config();
        return new CdnTopics(config).revision(List.of(), "pages of photo_card");
    }

    @Test
    void instancesThatLeaveOutOtherUrlsMustNotMeet() {
        String edge = "cdn.caches=edge\ncdn.cache.edge.url=http://edge\ncdn.cache.edge.provider=";
        assertThat(revision(edge + "varnish")).isNotEqualTo(revision(edge + "nginx"));
        assertThat(revision(edge + "nginx")).isEqualTo(revision(""));
    }
}
