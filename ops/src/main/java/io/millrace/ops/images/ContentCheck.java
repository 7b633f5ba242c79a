package io.millrace.ops.images;

import java.awt.image.BufferedImage;
import java.util.Map;
import java.util.Optional;

/**
 * Says whether a picture may be shown. A service that scans pictures is connected by a class of its own, which {@link
 * java.util.ServiceLoader} finds: a jar on the class path with {@code META-INF/services/io.millrace.ops.images.ContentCheck}.
 * It is chosen by the property {@code check}. Implementations are thread-safe.
 */
public interface ContentCheck {
    /** What it is chosen by. */
    String name();

    /** Called once, before all else, with the properties that begin with {@code check.}, without that. */
    default void configure(Map<String, String> properties) {}

    /**
     * What speaks against a picture; empty if nothing does. The same picture gets the same answer. It is interrupted when it
     * takes too long.
     *
     * @throws Exception if it cannot say; it is asked again, a few times
     */
    Optional<String> find(BufferedImage picture) throws Exception;
}
