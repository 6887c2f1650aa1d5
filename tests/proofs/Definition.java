import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;

/**
 * Reads YAML from standard input as CloudFormation's handler of state machines does, and prints what it read as JSON.
 *
 * <p>The handler gives the object that a definition is in to an ObjectMapper over a YAMLFactory. That reader knows no
 * anchors: an alias becomes a string, the name of its anchor.
 */
public class Definition {
    public static void main(String[] arguments) throws Exception {
        var read = new ObjectMapper(new YAMLFactory()).readTree(System.in);
        System.out.println(new ObjectMapper().writeValueAsString(read));
    }
}
