package main

import (
	"fmt"
	"reflect"
	"sort"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	logsapi "k8s.io/component-base/logs/api/v1"
)

// schema has the keywords of JSON Schema that are in use. Without any of them every value is possible.
type schema struct {
	Ref                  string             `json:"$ref,omitempty"`
	Type                 any                `json:"type,omitempty"`
	Format               string             `json:"format,omitempty"`
	Enum                 []string           `json:"enum,omitempty"`
	Minimum              *int64             `json:"minimum,omitempty"`
	Maximum              *int64             `json:"maximum,omitempty"`
	Examples             []string           `json:"examples,omitempty"`
	Properties           map[string]*schema `json:"properties,omitempty"`
	Required             []string           `json:"required,omitempty"`
	Items                *schema            `json:"items,omitempty"`
	PropertyNames        *schema            `json:"propertyNames,omitempty"`
	AdditionalProperties any                `json:"additionalProperties,omitempty"`
	// Separator is between key and value in a map of a flag that does not have =.
	Separator string `json:"x-separator,omitempty"`
}

const definitions = "#/definitions/"

// special are types that read JSON in a way of their own, and types that are of no interest here.
var special = map[reflect.Type]schema{
	reflect.TypeFor[resource.Quantity]():          {Type: []string{"string", "number"}, Format: "quantity"},
	reflect.TypeFor[resource.QuantityValue]():     {Type: []string{"string", "number"}, Format: "quantity"},
	reflect.TypeFor[intstr.IntOrString]():         {Type: []string{"integer", "string"}, Format: "int-or-string"},
	reflect.TypeFor[metav1.Duration]():            {Type: "string", Format: "duration"},
	reflect.TypeFor[metav1.Time]():                {Type: "string", Format: "date-time"},
	reflect.TypeFor[logsapi.TimeOrMetaDuration](): {Type: []string{"string", "integer"}, Format: "duration"},
	reflect.TypeFor[metav1.ManagedFieldsEntry]():  {Type: "object"},
	reflect.TypeFor[corev1.PodStatus]():           {Type: "object"},
}

// openText are named texts that can be more than their constants.
var openText = map[string]bool{
	"Capability": true, "PodConditionType": true, "ResourceName": true, "StorageMedium": true, "UID": true,
}

// closedText are named texts without the mark +enum of which the kubelet takes the constants and nothing else.
var closedText = map[string]bool{
	"ContainerRestartPolicy": true, "ContainerRestartRuleAction": true, "ContainerRestartRuleOnExitCodesOperator": true,
	"ImagePullCredentialsVerificationPolicy": true, "KubeletAuthorizationMode": true, "LabelSelectorOperator": true,
	"MemoryReservationPolicy": true, "OSName": true, "PodSELinuxChangePolicy": true, "RecursiveReadOnlyMode": true,
	"ResourceChangeDetectionStrategy": true, "ResourceResizeRestartPolicy": true,
}

// types collects a definition for each struct that is met.
type types struct {
	definitions map[string]*schema
	named       map[string]reflect.Type
	sources     map[string]*source
}

func newTypes() *types {
	return &types{map[string]*schema{}, map[string]reflect.Type{}, map[string]*source{}}
}

func (t *types) of(value any) {
	t.schemaOf(reflect.TypeOf(value))
}

func (t *types) schemaOf(of reflect.Type) *schema {
	if known, is := special[of]; is {
		return &known
	}
	if _, reads := reflect.PointerTo(of).MethodByName("UnmarshalJSON"); reads && of.Kind() != reflect.Pointer {
		panic(fmt.Sprintf("%v reads JSON in a way of its own: add it to special", of))
	}
	switch of.Kind() {
	case reflect.Pointer:
		return t.schemaOf(of.Elem())
	case reflect.Struct:
		return t.structOf(of)
	case reflect.Slice:
		return &schema{Type: "array", Items: t.schemaOf(of.Elem())}
	case reflect.Map:
		return &schema{Type: "object", AdditionalProperties: t.schemaOf(of.Elem())}
	case reflect.String:
		return &schema{Type: "string", Enum: t.wordsOf(of)}
	case reflect.Bool:
		return &schema{Type: "boolean"}
	case reflect.Int32, reflect.Int64, reflect.Uint16, reflect.Uint32:
		return &schema{Type: "integer", Format: of.Kind().String()}
	case reflect.Float64:
		return &schema{Type: "number"}
	}
	panic(fmt.Sprintf("no rule for %v", of))
}

func (t *types) structOf(of reflect.Type) *schema {
	name := of.Name()
	if known, is := t.named[name]; is && known != of {
		panic(fmt.Sprintf("%v and %v have one name", known, of))
	}
	if t.named[name] == nil {
		t.named[name] = of
		made := &schema{Type: "object", Properties: map[string]*schema{}, AdditionalProperties: false}
		t.definitions[name] = made
		t.addFields(made, of)
		sort.Strings(made.Required)
	}
	return &schema{Ref: definitions + name}
}

// addFields adds the fields of a struct, and those of the structs that are embedded in it.
func (t *types) addFields(made *schema, of reflect.Type) {
	for i := range of.NumField() {
		field := of.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-":
		case name == "" && field.Anonymous:
			t.addFields(made, field.Type)
		case name == "":
			panic(fmt.Sprintf("%v.%s has no name in JSON", of, field.Name))
		default:
			made.Properties[name] = t.schemaOf(field.Type)
			if !strings.Contains(options, "omitempty") && t.isRequired(of, field.Name) {
				made.Required = append(made.Required, name)
			}
		}
	}
}

// zeroIsValid are fields that are marked as required, and of which the kubelet takes the zero that it reads where one is missing.
var zeroIsValid = map[string]bool{
	"HTTPHeader.Value": true, "ISCSIVolumeSource.Lun": true, "PreferredSchedulingTerm.Preference": true,
	"SleepAction.Seconds": true, "Sysctl.Value": true,
}

// isRequired: only what a pod would miss; a KubeletConfiguration is a patch and may leave out anything.
func (t *types) isRequired(of reflect.Type, field string) bool {
	isOfPod := of.PkgPath() == reflect.TypeFor[corev1.Pod]().PkgPath()
	return isOfPod && !zeroIsValid[of.Name()+"."+field] && !t.sourceOf(of).isOptional(of.Name(), field)
}

// wordsOf are the constants of a named text that can be nothing else.
func (t *types) wordsOf(of reflect.Type) []string {
	if of.PkgPath() == "" || openText[of.Name()] {
		return nil
	}
	words, isMarked := t.sourceOf(of).constants(of.Name())
	if !isMarked && !closedText[of.Name()] {
		panic(fmt.Sprintf("%v: add it to openText or closedText", of))
	}
	sort.Strings(words)
	return words
}

func (t *types) sourceOf(of reflect.Type) *source {
	path := of.PkgPath()
	if t.sources[path] == nil {
		t.sources[path] = readSource(path)
	}
	return t.sources[path]
}
