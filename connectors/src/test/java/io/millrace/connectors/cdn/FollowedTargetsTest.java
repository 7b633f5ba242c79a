package io.millrace.connectors.cdn;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Invalidation.TargetKind;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FollowedTargetsTest {
    private static Invalidation told(String application, TargetKind kind, boolean tagged, Integer ttlSeconds) {
        return new Invalidation(
                application, "pages", kind, "t", tagged, "update", 1, null, null, null, null, 1, ttlSeconds);
    }

    /** Of a tag, of a URL, of one that is tagged, of one that is tagged and hot: p for purged, w only since it is fetched anew. */
    @ParameterizedTest
    @CsvSource({
        "varnish, auto, none, pp--",
        "varnish, auto, hot,  pp-w",
        "varnish, auto, all,  ppww",
        "varnish, tags, none, p---",
        "varnish, urls, none, -ppp",
        "varnish, both, all,  pppp",
        "nginx,   auto, none, -ppp",
        "nginx,   auto, all,  -ppp",
        "http,    auto, none, -ppp",
    })
    void whatACacheForgetsFollowsFromItsProperties(String provider, String by, String warm, String expected) {
        FollowedTargets targets = FollowedTargets.of(Map.of(
                CdnPurgeSinkConfig.PROVIDER, provider, CdnPurgeSinkConfig.BY, by, CdnPurgeSinkConfig.WARM, warm));
        StringBuilder found = new StringBuilder();
        for (Invalidation each : new Invalidation[] {
            told("shop", TargetKind.TAG, false, null),
            told("shop", TargetKind.URL, false, null),
            told("shop", TargetKind.URL, true, null),
            told("shop", TargetKind.URL, true, 300)
        }) {
            found.append(targets.mustForget(each) ? 'p' : targets.have(each) ? 'w' : '-');
            assertThat(targets.ofApplication("other").have(each)).isFalse();
        }
        assertThat(found.toString()).isEqualTo(expected);
        assertThat(targets.haveTags()).isEqualTo(expected.startsWith("p"));
        assertThat(targets.haveUrls()).isEqualTo(expected.charAt(1) == 'p');
        assertThat(targets.haveTaggedUrls())
                .as("unless nobody has need of them")
                .isEqualTo(!expected.matches("p.--"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "varnish cdn.url=http://a",
                "nginx cdn.url=http://a",
                "fastly cdn.service=s cdn.token=t cdn.site=https://a",
                "cloudflare cdn.zone=z cdn.token=t cdn.site=https://a",
                "cloudfront cdn.distribution=d cdn.access.key=a cdn.secret.key=s",
                "http cdn.url=http://a/{path}",
                "http cdn.url=http://a/{path} cdn.tag.url=http://a/{target}"
            })
    void aProviderHasTagsAsItsPropertiesSay(String written) {
        Map<String, String> properties = new HashMap<>();
        String[] words = written.split(" ", -1);
        properties.put(CdnPurgeSinkConfig.PROVIDER, words[0]);
        Stream.of(words).skip(1).map(word -> word.split("=", 2)).forEach(each -> properties.put(each[0], each[1]));
        assertThat(FollowedTargets.of(properties).haveTags())
                .isEqualTo(new CdnPurgeSinkConfig(properties).provider().takes(Way.TAG));
    }
}
