package io.millrace.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import io.millrace.sql.ViewsFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class UnheardSinksTest {
    private static List<String> warnings(String options, String properties) {
        List<UserError> errors = new ArrayList<>();
        Catalog catalog =
                TablesFile.read("CREATE TABLE photos (photo_id bigint PRIMARY KEY);", "tables.sql", "app", errors);
        ViewsFile.Reading reading = ViewsFile.readAll(
                "CREATE VIEW photo_card AS SELECT photo_id FROM photos;\n"
                        + "CREATE SINK pages FROM photo_card WITH (type = 'cdn', " + options + ");",
                "views.sql",
                catalog,
                errors);
        assertThat(errors).isEmpty();
        PipelineConfig config = PipelineConfig.read(properties, "millrace.properties", "photos", Map.of())
                .config();
        return UnheardSinks.warnings(reading.sinks(), config).stream()
                .map(UserError::render)
                .toList();
    }

    private static String cache(String properties) {
        return "cdn.caches = edge\ncdn.cache.edge.url = http://cache\ncdn.cache.edge.provider = " + properties;
    }

    @Test
    void aSinkThatNoCacheHearsOfIsTold() {
        assertThat(warnings("tags = 'photo/{photo_id}'", ""))
                .singleElement()
                .asString()
                .startsWith("views.sql:2:13: no cache hears of sink pages: cdn.caches is not set")
                .contains("cdn-invalidations");
        assertThat(warnings("tags = 'photo/{photo_id}'", cache("nginx")))
                .singleElement()
                .asString()
                .startsWith("views.sql:2:13: cache edge hears nothing of sink pages, which has no urls");
        assertThat(warnings("urls = '/p/{photo_id}'", cache("varnish\ncdn.cache.edge.by = tags")))
                .singleElement()
                .asString()
                .contains("which has no tags");
        assertThat(warnings("urls = '/p/{photo_id}'", cache("nginx"))).isEmpty();
        assertThat(warnings("urls = '/p/{photo_id}'", cache("varnish"))).isEmpty();
        assertThat(warnings("tags = 'photo/{photo_id}'", cache("varnish"))).isEmpty();
        assertThat(warnings("tags = 'photo/{photo_id}', urls = '/p/{photo_id}'", cache("cloudfront")))
                .isEmpty();
    }
}
