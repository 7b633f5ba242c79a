package io.millrace.sink;

import java.io.IOException;
import java.util.Map;

/** The connectors that there are, and what can be done to them. An {@link IOException} may pass; a refusal does not by itself. */
public interface SinkConnectors {
    /** Every connector, by its name. */
    Map<String, DeployedConnector> all() throws IOException, ConnectRefusal;

    /** Creates a connector, or gives it another configuration. */
    void put(String name, Map<String, String> properties) throws IOException, ConnectRefusal;

    /** Removes a connector; does nothing if there is none of that name. */
    void delete(String name) throws IOException, ConnectRefusal;
}
