package main

import (
	"reflect"
	"strings"

	"github.com/spf13/pflag"
	cliflag "k8s.io/component-base/cli/flag"
	_ "k8s.io/component-base/logs/json/register" // as in the image's kubelet, which has flags for it
	"k8s.io/kubernetes/cmd/kubelet/app/options"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
)

// flags are those of the command line. One that sets a field of the configuration can have the values of the field.
func flags(configuration *schema, definitions map[string]*schema) map[string]*schema {
	own, config := options.NewKubeletFlags(), configWithDefaults()
	set := pflag.NewFlagSet("kubelet", pflag.ContinueOnError)
	own.AddFlags(set)
	options.AddKubeletConfigFlags(set, config)
	options.AddGlobalFlags(set)

	fields := map[uintptr]*schema{}
	fieldsAt(reflect.ValueOf(config).Elem(), configuration, definitions, fields)
	found := map[string]*schema{}
	set.VisitAll(func(flag *pflag.Flag) {
		found[flag.Name] = flagSchema(flag, fields[target(flag.Value)])
	})
	found["node-ip"] = &schema{Type: "string", Format: "ips"}
	return found
}

func configWithDefaults() *kubeletconfig.KubeletConfiguration {
	config, err := options.NewKubeletConfiguration()
	if err != nil {
		panic(err)
	}
	return config
}

// fieldsAt notes the schema of each field by the field's address. The kubelet's own type of its configuration has the fields
// of the one that people write, under the same Go names; their names in JSON start in lower case, apart from abbreviations.
func fieldsAt(value reflect.Value, of *schema, definitions map[string]*schema, found map[uintptr]*schema) {
	if of.Ref != "" {
		of = definitions[strings.TrimPrefix(of.Ref, "#/definitions/")]
	}
	for i := range value.NumField() {
		for name, field := range of.Properties {
			if !strings.EqualFold(name, value.Type().Field(i).Name) {
				continue
			}
			found[value.Field(i).Addr().Pointer()] = field
			if field.Ref != "" && value.Field(i).Kind() == reflect.Struct {
				fieldsAt(value.Field(i), field, definitions, found)
			}
		}
	}
}

// target is the address of what a flag sets: the flag's value itself, or what the first pointer in it leads to.
func target(value pflag.Value) uintptr {
	pointer := reflect.ValueOf(value)
	if pointer.Kind() != reflect.Pointer {
		return 0
	}
	if pointer.Elem().Kind() == reflect.Struct {
		for i := range pointer.Elem().NumField() {
			if field := pointer.Elem().Field(i); field.Kind() == reflect.Pointer {
				return field.Pointer()
			}
		}
	}
	return pointer.Pointer()
}

// numbers are the names that flags have for their types.
var numbers = map[string]string{"int": "int64", "int32": "int32", "int64": "int64", "uint": "uint64", "Level": "int32"}

func flagSchema(flag *pflag.Flag, field *schema) *schema {
	kind := flag.Value.Type()
	switch {
	case kind == "bool":
		return &schema{Type: "boolean"}
	case numbers[kind] != "" && field != nil && field.Type == "integer":
		return field
	case numbers[kind] != "":
		return &schema{Type: "integer", Format: numbers[kind]}
	case strings.HasPrefix(kind, "float"):
		return &schema{Type: "number"}
	case kind == "duration":
		return &schema{Type: "string", Format: "duration"}
	case field != nil && (field.Type == "string" || hasPlainItems(field)):
		if _, is := flag.Value.(*cliflag.LangleSeparatedMapStringString); is {
			separated := *field
			separated.Separator = "<"
			return &separated
		}
		return field
	}
	return &schema{Type: "string"}
}

// hasPlainItems tells whether the items of a list or a map are written between commas, because none is a list or a map itself.
func hasPlainItems(field *schema) bool {
	items := field.Items
	if values, is := field.AdditionalProperties.(*schema); is {
		items = values
	}
	return items != nil && (items.Type == "string" || items.Type == "boolean")
}
